"use strict";
// What a page can do beyond being read: values under the pointer at once, time axes that zoom together, both by keyboard
// as well, and everything that paper shows unfolded before it is printed. Without this script the page reads the same.
{
  const SVG = "http://www.w3.org/2000/svg";
  const plots = [...document.querySelectorAll("svg.zoom")].map((svg) => {
    const number = (name) => Number(svg.dataset[name]);
    return {
      svg, axis: svg.dataset.axis, from: number("from"), to: number("to"),
      left: svg.x.baseVal.value, width: svg.width.baseVal.value,
      top: svg.y.baseVal.value, height: svg.height.baseVal.value,
      ticks: svg.parentNode.querySelector(`g.ticks[data-plot="${svg.dataset.plot}"]`),
    };
  });

  // A round step that leaves at most so many numbers.
  const stepOf = (length, most) => {
    const power = 10 ** Math.floor(Math.log10(length / most));
    return [1, 2, 5, 10].map((times) => times * power).find((step) => length / step <= most);
  };

  const drawTicks = (plot, from, to) => {
    const host = plot.ticks;
    if (!host) return;
    host.querySelector("g.zoomed")?.remove();
    const whole = from <= plot.from && to >= plot.to;
    for (const child of host.children) child.style.display = whole ? "" : "none";
    if (whole) return;
    const own = document.createElementNS(SVG, "g");
    own.setAttribute("class", "zoomed");
    const step = stepOf(to - from, plot.width > 900 ? 8 : 4);
    const places = Math.max(0, Math.ceil(-Math.log10(step)));
    for (let at = Math.ceil(from / step) * step; at <= to + step * 1e-6; at += step) {
      const x = plot.left + ((at - from) / (to - from)) * plot.width;
      const text = document.createElementNS(SVG, "text");
      text.setAttribute("class", "t-muted");
      text.setAttribute("x", x);
      text.setAttribute("y", Number(host.dataset.bottom) + 37);
      text.setAttribute("font-size", 26);
      text.setAttribute("text-anchor", "middle");
      text.textContent = at.toLocaleString("en", { minimumFractionDigits: places, maximumFractionDigits: places });
      own.append(text);
    }
    host.append(own);
  };

  const shown = {};
  // Shows a span of an axis in every plot that has it.
  const zoom = (axis, from, to) => {
    const of = plots.filter((plot) => plot.axis === axis);
    const least = Math.min(...of.map((plot) => plot.from));
    const most = Math.max(...of.map((plot) => plot.to));
    const length = Math.min(Math.max(to - from, (most - least) / 1000), most - least);
    const start = Math.min(Math.max(from, least), most - length);
    shown[axis] = [start, start + length];
    for (const plot of of) {
      const pixels = plot.width / (plot.to - plot.from);
      const x = plot.left + (start - plot.from) * pixels;
      plot.svg.setAttribute("viewBox", `${x} ${plot.top} ${length * pixels} ${plot.height}`);
      plot.svg.classList.toggle("zoomed", length < most - least);
      drawTicks(plot, start, start + length);
    }
  };
  const spanOf = (plot) => shown[plot.axis] ?? [plot.from, plot.to];
  const around = (plot, middle, times) => {
    const [from, to] = spanOf(plot);
    zoom(plot.axis, middle - (middle - from) * times, middle + (to - middle) * times);
  };
  const reset = (plot) => zoom(plot.axis, -Infinity, Infinity);

  const timeAt = (plot, event) => {
    const box = plot.svg.getBoundingClientRect();
    const [from, to] = spanOf(plot);
    return from + ((event.clientX - box.left) / box.width) * (to - from);
  };

  for (const plot of plots) {
    let began = null;
    plot.svg.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse") began = timeAt(plot, event);
    });
    plot.svg.addEventListener("pointerup", (event) => {
      if (began === null) return;
      const ended = timeAt(plot, event);
      const [from, to] = spanOf(plot);
      if (Math.abs(ended - began) > (to - from) / 100) zoom(plot.axis, Math.min(began, ended), Math.max(began, ended));
      began = null;
    });
    plot.svg.addEventListener("dblclick", () => reset(plot));
  }

  for (const figure of document.querySelectorAll("figure:has(.picture)")) {
    const readout = document.createElement("p");
    readout.className = "readout";
    readout.setAttribute("role", "status");
    figure.querySelector(".picture").before(readout);
    const own = plots.filter((plot) => figure.contains(plot.svg));
    const hint = own.length ? document.body.dataset.zoom : document.body.dataset.values;
    const say = (words) => { readout.textContent = words || hint; };
    say("");
    const titled = (target) => target.closest?.("svg :has(> title)")?.querySelector(":scope > title")?.textContent;
    figure.addEventListener("pointermove", (event) => say(titled(event.target)));
    figure.addEventListener("pointerleave", () => say(""));
    for (const picture of figure.querySelectorAll(".picture")) {
      picture.tabIndex = 0;
      picture.setAttribute("role", "group");
      picture.setAttribute("aria-label", `${figure.getAttribute("aria-label")}: ${hint}`);
      const hits = [...picture.querySelectorAll(".hit")];
      const marks = hits.length ? hits : [...picture.querySelectorAll("svg *:has(> title)")];
      const plot = plots.find((plot) => picture.contains(plot.svg));
      let at = -1;
      picture.addEventListener("keydown", (event) => {
        const [from, to] = plot ? spanOf(plot) : [0, 0];
        const keys = {
          "+": () => plot && around(plot, (from + to) / 2, 0.5),
          "=": () => plot && around(plot, (from + to) / 2, 0.5),
          "-": () => plot && around(plot, (from + to) / 2, 2),
          "0": () => plot && reset(plot),
          "Escape": () => plot && reset(plot),
          "ArrowRight": () => move(1),
          "ArrowLeft": () => move(-1),
        };
        const move = (by) => {
          // With shift along the axis, and else from value to value.
          if (event.shiftKey && plot) return zoom(plot.axis, from + (by * (to - from)) / 4, to + (by * (to - from)) / 4);
          marks[at]?.classList.remove("at");
          at = Math.min(Math.max(at + by, 0), marks.length - 1);
          marks[at]?.classList.add("at");
          say(marks[at]?.querySelector("title")?.textContent);
        };
        if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        keys[event.key]();
      });
    }
  }

  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("details.printed:not([open])")];
    for (const details of unfolded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of unfolded) details.open = false;
  });
}
