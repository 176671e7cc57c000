//! Markdown tables, and figures as people read them.

/// A table whose columns line up in plain text too.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub(crate) fn new(columns: &[&str]) -> Self {
        Self { rows: vec![columns.iter().map(|&name| name.to_owned()).collect()] }
    }

    /// Adds a row, a cell for each column.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// The table, each line ended.
    pub(crate) fn render(&self) -> String {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<_> = (0..columns).map(width).collect();
        let rule = widths.iter().map(|width| "-".repeat(*width)).collect();
        let (head, body) = self.rows.split_at(1);
        let lines = head.iter().chain(std::iter::once(&rule)).chain(body);
        lines.map(|row| line(row, &widths)).collect()
    }
}

/// A count, its thousands parted.
pub(crate) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Seconds, to a tenth.
pub(crate) fn seconds(seconds: f64) -> String {
    format!("{seconds:.1} s")
}

/// Memory, in whole MiB.
pub(crate) fn mebibytes(bytes: u64) -> String {
    format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20))
}

/// A share in percent; a share that is not nothing never reads as nothing.
pub(crate) fn percent(share: f64) -> String {
    match share * 100.0 {
        0.0 => "0".to_owned(),
        percent if percent < 0.01 => "< 0.01%".to_owned(),
        percent => format!("{percent:.2}%"),
    }
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cells = row.iter().zip(widths);
    let cells: Vec<_> = cells.map(|(cell, &width)| format!("{cell:<width$}")).collect();
    format!("| {} |\n", cells.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_should_line_up() {
        let mut table = Table::new(&["accounts", "time"]);
        table.row(["1,000".to_owned(), "6.3 s".to_owned()]);
        table.row(["10,000".to_owned(), "62.5 s".to_owned()]);
        let wanted = "\
| accounts | time   |
| -------- | ------ |
| 1,000    | 6.3 s  |
| 10,000   | 62.5 s |
";
        assert_eq!(table.render(), wanted);
    }

    #[test]
    fn figures_should_read_as_people_write_them() {
        let counts = [(0, "0"), (999, "999"), (1_000, "1,000"), (50_000, "50,000")];
        for (count, wanted) in counts {
            assert_eq!(thousands(count), wanted);
        }
        assert_eq!(thousands(1_234_567), "1,234,567");
        let shares = [(0.0, "0"), (0.000_001, "< 0.01%"), (0.0033, "0.33%"), (0.5, "50.00%")];
        for (share, wanted) in shares {
            assert_eq!(percent(share), wanted);
        }
        assert_eq!((seconds(62.46), mebibytes(157_286_400)), ("62.5 s".into(), "150 MiB".into()));
    }
}
