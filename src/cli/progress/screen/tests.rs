#[path = "../../../../tests/common/terminal.rs"]
mod terminal;

use super::*;
use terminal::Terminal;

fn lines(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn a_frame_takes_the_place_of_the_one_before_and_only_what_changed_is_written() {
    let mut terminal = Terminal::new(20);
    terminal.takes("$ poolbench\r\n");
    let frames = [
        lines(&["one", "two", "three"]),
        lines(&["one", "2", "three"]),
        lines(&["one", "2", "three", "", "four"]),
        lines(&["1", "2"]),
    ];
    let mut before = Vec::new();
    for frame in frames {
        terminal.takes(&update(&before, &frame));
        assert_eq!(terminal.shows(), format!("$ poolbench\n{}\n", frame.join("\n")));
        assert_eq!(terminal.cursor(), (1, 0));
        before = frame;
    }
    assert_eq!(update(&before, &before), "");
    let changed = update(&lines(&["one", "two", "three"]), &lines(&["one", "2", "three"]));
    assert!(!changed.contains("one") && !changed.contains("three"), "{changed:?}");
    terminal.takes(&left(&lines(&["ended"])));
    assert_eq!(terminal.shows(), "$ poolbench\nended\n\n");
}

/// The cursor stands where the frame begins, so that however many rows the frame takes when its lines are broken
/// anew, all of it is below.
#[test]
fn a_terminal_may_change_its_width() {
    let mut terminal = Terminal::new(20);
    terminal.takes("before\r\n");
    terminal.takes(&update(&[], &lines(&["eighteen letters a", "b"])));
    for columns in [10, 30] {
        terminal.columns = columns;
        assert!(terminal.too_wide(0).is_some() == (columns == 10));
        terminal.takes(&update(&[], &lines(&["short", "b"])));
        assert_eq!(terminal.shows(), "before\nshort\nb\n");
    }
}

#[test]
fn a_frame_is_one_update() {
    let text = update(&[], &lines(&["a", "b"]));
    assert!(text.starts_with(BEGIN) && text.ends_with(END), "{text:?}");
    assert_eq!((text.matches(BEGIN).count(), text.matches(END).count()), (1, 1));
}
