//! The payer's Cost and Usage Reports, and which of them DigitalEx is to read.

use async_trait::async_trait;

use crate::CallError;

/// The definitions of the Cost and Usage Reports of the caller's own account.
#[async_trait]
pub trait CostReports: Send + Sync {
    /// All of them, in the order in which AWS lists them (`DescribeReportDefinitions`). Never a part of
    /// them: where one page cannot be read, an error.
    async fn definitions(&self) -> Result<Vec<ReportDefinition>, CallError>;
}

/// What is reported, how, and where it is delivered to. Words are spelled as AWS spells them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportDefinition {
    /// The name, unique in its account.
    pub name: String,
    /// `HOURLY`, `DAILY` or `MONTHLY`.
    pub time_unit: String,
    /// `textORcsv` or `Parquet`.
    pub format: String,
    /// `GZIP`, `ZIP` or `Parquet`.
    pub compression: String,
    /// `OVERWRITE_REPORT` or `CREATE_NEW_REPORT`; none where AWS does not say.
    pub versioning: Option<String>,
    /// The bucket that it is delivered to.
    pub bucket: String,
    /// The report path prefix: what the keys of its objects begin with, before its name.
    pub prefix: String,
    /// The bucket's Region.
    pub region: String,
    /// The ARN of the billing view that it shows; none where that is the whole bill.
    pub billing_view: Option<String>,
    /// When it was delivered last; none where it never was, or AWS does not say.
    pub last_delivery: Option<String>,
    /// What became of the last delivery: `SUCCESS`, `ERROR_PERMISSIONS` or `ERROR_NO_BUCKET`.
    pub last_status: Option<String>,
}

/// Which report is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The report; none where there is none, or none is suitable.
    pub chosen: Option<ReportDefinition>,
    /// Why that one, or why none.
    pub why: String,
    /// The others, in the order in which AWS lists them.
    pub others: Vec<NotChosen>,
}

/// A report that is not handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotChosen {
    /// Its name.
    pub name: String,
    /// Why not.
    pub why: String,
}

/// Chooses the oldest report that DigitalEx can read: daily or hourly, text/csv, of the whole bill.
///
/// The oldest, because other tools and people already rely on it, so that it will stay, and because it
/// reaches back furthest. But AWS says nowhere when a report was made: a definition has no such member,
/// and `ReportStatus` tells only of the last delivery. So a report that was delivered is taken for older
/// than one that never was, since the first delivery comes within a day ("Creating Cost and Usage
/// Reports"); and of those, the one that AWS lists first. That order is documented nowhere and may have
/// nothing to do with age: it makes the choice the same in every run, and no more. Therefore the choice
/// says so, and names those that would do as well.
#[must_use]
pub fn choose(definitions: &[ReportDefinition]) -> Choice {
    let suitable: Vec<&ReportDefinition> =
        definitions.iter().filter(|it| it.unsuitable().is_none()).collect();
    // The first of those that are equal stays the first.
    let chosen = suitable.iter().copied().min_by_key(|it| it.last_delivery.is_none());
    let why = match chosen {
        Some(chosen) => why_chosen(chosen, &suitable),
        None => why_none(definitions),
    };
    let others = definitions.iter().filter(|it| Some(it.name.as_str()) != chosen.map(name_of));
    Choice { chosen: chosen.cloned(), why, others: others.map(not_chosen).collect() }
}

impl ReportDefinition {
    /// Why DigitalEx cannot read it; none where it can.
    fn unsuitable(&self) -> Option<String> {
        if !["DAILY", "HOURLY"].contains(&self.time_unit.as_str()) {
            return Some(format!("its time unit is {}", self.time_unit));
        }
        if self.format != "textORcsv" {
            return Some(format!("its format is {}", self.format));
        }
        let view = self.billing_view.as_deref().filter(|arn| !arn.ends_with("/primary"))?;
        Some(format!("it shows the billing view {view}, not the whole bill"))
    }
}

fn name_of(definition: &ReportDefinition) -> &str {
    &definition.name
}

fn why_chosen(chosen: &ReportDefinition, suitable: &[&ReportDefinition]) -> String {
    let others: Vec<&str> =
        suitable.iter().copied().map(name_of).filter(|name| *name != chosen.name).collect();
    if others.is_empty() {
        return "it is the only daily or hourly one in text/csv".to_owned();
    }
    let which = if chosen.last_delivery.is_some() {
        "AWS lists it first of those that were delivered already"
    } else {
        "AWS lists it first"
    };
    format!(
        "{which}, of {} that are daily or hourly and in text/csv (the others: {}); AWS does not say \
         which is the oldest",
        suitable.len(),
        others.join(", ")
    )
}

fn why_none(definitions: &[ReportDefinition]) -> String {
    if definitions.is_empty() {
        return "there is no Cost and Usage Report".to_owned();
    }
    let each = definitions.iter().map(|it| {
        let why = it.unsuitable().unwrap_or_default();
        format!("{} ({why})", it.name)
    });
    let each: Vec<String> = each.collect();
    format!("no Cost and Usage Report is daily or hourly and in text/csv: {}", each.join(", "))
}

fn not_chosen(definition: &ReportDefinition) -> NotChosen {
    let why = match (definition.unsuitable(), &definition.last_delivery) {
        (Some(why), _) => why,
        (None, None) => "it would do as well, but AWS tells of no delivery yet".to_owned(),
        (None, Some(_)) => "it would do as well".to_owned(),
    };
    NotChosen { name: definition.name.clone(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(name: &str, time_unit: &str, format: &str) -> ReportDefinition {
        ReportDefinition {
            name: name.to_owned(),
            time_unit: time_unit.to_owned(),
            format: format.to_owned(),
            compression: "GZIP".to_owned(),
            versioning: Some("OVERWRITE_REPORT".to_owned()),
            bucket: format!("{name}-bucket"),
            prefix: "cur".to_owned(),
            region: "us-east-1".to_owned(),
            billing_view: None,
            last_delivery: Some("20260101T000000Z".to_owned()),
            last_status: Some("SUCCESS".to_owned()),
        }
    }

    fn suitable(name: &str) -> ReportDefinition {
        report(name, "DAILY", "textORcsv")
    }

    fn name(choice: &Choice) -> Option<&str> {
        choice.chosen.as_ref().map(|chosen| chosen.name.as_str())
    }

    fn others(choice: &Choice) -> Vec<(&str, &str)> {
        choice.others.iter().map(|it| (it.name.as_str(), it.why.as_str())).collect()
    }

    #[test]
    fn choice_among_none_should_say_that_there_is_none() {
        let choice = choose(&[]);
        assert_eq!(
            (name(&choice), choice.why.as_str()),
            (None, "there is no Cost and Usage Report")
        );
        assert_eq!(choice.others, []);
    }

    #[test]
    fn unsuitable_reports_should_be_named_with_what_does_not_suit() {
        let view = "arn:aws:billing::111111111111:billingview/222222222222";
        let of_a_group =
            ReportDefinition { billing_view: Some(view.to_owned()), ..suitable("group") };
        let choice = choose(&[
            report("monthly", "MONTHLY", "textORcsv"),
            report("athena", "HOURLY", "Parquet"),
            of_a_group,
            report("new", "WEEKLY", "textORcsv"),
        ]);
        assert_eq!(name(&choice), None);
        let expected = [
            ("monthly", "its time unit is MONTHLY"),
            ("athena", "its format is Parquet"),
            ("group", &*format!("it shows the billing view {view}, not the whole bill")),
            ("new", "its time unit is WEEKLY"),
        ];
        assert_eq!(others(&choice), expected);
        for (name, why) in expected {
            assert!(choice.why.contains(&format!("{name} ({why})")), "{}", choice.why);
        }
    }

    #[test]
    fn only_suitable_report_should_be_chosen_wherever_it_is_listed() {
        let whole = Some("arn:aws:billing::111111111111:billingview/primary".to_owned());
        for chosen in [
            report("cur", "DAILY", "textORcsv"),
            report("cur", "HOURLY", "textORcsv"),
            ReportDefinition { billing_view: whole, last_delivery: None, ..suitable("cur") },
        ] {
            let monthly = report("monthly", "MONTHLY", "textORcsv");
            let choice = choose(&[monthly, chosen.clone()]);
            assert_eq!(choice.chosen, Some(chosen));
            assert_eq!(choice.why, "it is the only daily or hourly one in text/csv");
            assert_eq!(others(&choice), [("monthly", "its time unit is MONTHLY")]);
        }
    }

    #[test]
    fn of_several_the_first_listed_should_be_chosen_and_the_doubt_said() {
        let choice = choose(&[suitable("b"), suitable("a"), report("c", "HOURLY", "textORcsv")]);
        assert_eq!(name(&choice), Some("b"));
        for part in ["of 3", "(the others: a, c)", "AWS does not say which is the oldest"] {
            assert!(choice.why.contains(part), "{part}: {}", choice.why);
        }
        assert_eq!(others(&choice), [("a", "it would do as well"), ("c", "it would do as well")]);
    }

    #[test]
    fn report_that_was_never_delivered_should_be_taken_for_younger() {
        let young = ReportDefinition { last_delivery: None, ..suitable("young") };
        let choice = choose(&[young.clone(), suitable("old")]);
        assert_eq!(name(&choice), Some("old"));
        assert!(choice.why.contains("delivered already"), "{}", choice.why);
        assert_eq!(
            others(&choice),
            [("young", "it would do as well, but AWS tells of no delivery yet")]
        );
        let younger = ReportDefinition { name: "younger".to_owned(), ..young.clone() };
        let choice = choose(&[young, younger]);
        assert_eq!(name(&choice), Some("young"));
        assert!(!choice.why.contains("delivered already"), "{}", choice.why);
    }
}
