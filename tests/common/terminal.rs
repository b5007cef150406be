//! A terminal, as far as poolbench needs one: it breaks lines anew when its width changes, and knows how many
//! columns it has.

/// What a terminal shows.
pub(crate) struct Terminal {
    pub(crate) columns: usize,
    /// Lines as they were written, before they are broken at the width.
    lines: Vec<Vec<char>>,
    /// The line of the cursor, and its place there.
    at: (usize, usize),
}

impl Terminal {
    pub(crate) fn new(columns: usize) -> Self {
        Self { columns, lines: vec![Vec::new()], at: (0, 0) }
    }

    /// The line of the cursor, and its place there.
    pub(crate) fn cursor(&self) -> (usize, usize) {
        self.at
    }

    pub(crate) fn takes(&mut self, text: &str) {
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\r' => self.at.1 = 0,
                '\n' => {
                    self.at.0 += 1;
                    if self.at.0 == self.lines.len() {
                        self.lines.push(Vec::new());
                    }
                }
                '\u{1b}' => {
                    assert_eq!(chars.next(), Some('['), "{text:?}");
                    let parameters: String =
                        std::iter::from_fn(|| chars.next_if(|c| !c.is_alphabetic())).collect();
                    self.obeys(chars.next(), &parameters);
                }
                shown => {
                    let (line, place) = self.at;
                    let line = &mut self.lines[line];
                    line.resize(line.len().max(place + 1), ' ');
                    line[place] = shown;
                    self.at.1 += 1;
                }
            }
        }
    }

    fn obeys(&mut self, command: Option<char>, parameters: &str) {
        let (line, place) = self.at;
        match command {
            Some('J') => {
                self.lines.truncate(line + 1);
                self.lines[line].truncate(place);
            }
            Some('K') => self.lines[line].truncate(place),
            Some('A') => {
                let up = parameters.parse().unwrap_or(1);
                self.at.0 = line.checked_sub(up).unwrap_or_else(|| panic!("above the screen by {up}"));
            }
            Some('h' | 'l') => assert_eq!(parameters, "?2026", "nothing else is switched"),
            Some('m') => {}
            other => panic!("{other:?} {parameters}"),
        }
    }

    pub(crate) fn shows(&self) -> String {
        let text = |line: &Vec<char>| line.iter().collect::<String>().trim_end().to_owned() + "\n";
        self.lines.iter().map(text).collect()
    }

    /// Whether a line of these, counted from this one on, is wider than the terminal.
    pub(crate) fn too_wide(&self, from: usize) -> Option<String> {
        let line = self.lines.iter().skip(from).find(|line| line.len() >= self.columns)?;
        Some(line.iter().collect())
    }
}
