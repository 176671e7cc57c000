//! `--explain-calls`: the calls of a run and the least time that they take, before it and after it.

use std::time::Duration;

use comfy_table::CellAlignment;
use digitalex_engine::{Account, CallCounts, Forecast, Rates, Scope, Selection};

use crate::output::{fitting_table, table_text, tell};
use crate::run_report::{Action, Pace};

/// Where no listing is known, the forecast is for so many accounts.
const SAMPLE: usize = 1_000;

/// Says what the run will cost: by the accounts of the last listing, or else for every thousand.
pub(crate) fn before(action: Action, scope: &Scope, known: &[Account], rates: &Rates) {
    let (forecast, accounts) = if known.is_empty() {
        let Ok(usual) = scope.usual() else { return };
        let visited = std::iter::repeat_n(&*usual, SAMPLE);
        let forecast = Forecast::of_audit(SAMPLE as u64, visited, scope.detail(), rates);
        (
            forecast,
            format!("for each {SAMPLE} accounts (how many there are shows when they are listed)"),
        )
    } else {
        let selected: Vec<_> = known
            .iter()
            .filter_map(|account| match scope.select(account) {
                Ok(Selection::Selected(assignment)) => Some(assignment),
                _ => None,
            })
            .collect();
        let visited = selected.iter().map(|assignment| &**assignment);
        let forecast = Forecast::of_audit(known.len() as u64, visited, scope.detail(), rates);
        let (listed, selected) = (known.len(), selected.len());
        (forecast, format!("by the last listing: {listed} accounts, {selected} of which take part"))
    };
    let Forecast { calls, floor } = &forecast;
    tell(&format!("Calls to come, {accounts}:\n{}", table(calls, None)));
    tell(&format!(
        "At the configured rates they take {} at least; {} is what is waited for.",
        seconds(floor.time),
        floor.bucket
    ));
    if action == Action::Apply {
        tell(
            "Each account that is put right adds one call for each of its writes, and another look.",
        );
    }
}

/// Says what the run did cost.
pub(crate) fn after(calls: &CallCounts, pace: &Pace) {
    tell(&format!("Calls made:\n{}", table(calls, Some(&pace.throttled))));
    let over = pace.elapsed.saturating_sub(pace.floor.time);
    tell(&format!(
        "They took {}: {} over the floor of {} ({}).",
        seconds(pace.elapsed),
        seconds(over),
        seconds(pace.floor.time),
        pace.floor.bucket
    ));
}

fn table(calls: &CallCounts, throttled: Option<&CallCounts>) -> String {
    let mut table = fitting_table();
    let total = calls.0.values().sum::<u64>();
    for (operation, count) in calls.0.iter().chain([(&"all", &total)]) {
        let mut row = vec![(*operation).to_owned(), count.to_string()];
        let throttled = throttled.map(|throttled| match *operation {
            "all" => throttled.0.values().sum(),
            operation => throttled.0.get(operation).copied().unwrap_or_default(),
        });
        row.extend(throttled.map(|count| format!("{count} throttled")));
        table.add_row(row);
    }
    table.column_iter_mut().skip(1).for_each(|column| {
        column.set_cell_alignment(CellAlignment::Right);
    });
    table_text(&table)
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
