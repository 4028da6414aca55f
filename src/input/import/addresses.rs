//! Who calls whom: addresses in the environment of containers, for importers that read one. In: values such as `cart:7070` or
//! `http://cart.shop.svc:7070/x`. Out: hosts. Promises: a value is taken apart here and goes no further;
//! only the names of what it leads to are ever reported.

/// Words of a variable's name that make what it calls telemetry: a loss of it harms nobody.
const TELEMETRY: [&str; 21] = [
    "otel",
    "otlp",
    "opentelemetry",
    "telemetry",
    "metric",
    "metrics",
    "trace",
    "traces",
    "tracing",
    "tracer",
    "log",
    "logs",
    "logging",
    "jaeger",
    "zipkin",
    "prometheus",
    "statsd",
    "datadog",
    "newrelic",
    "sentry",
    "profiler",
];
/// Last words of a variable's name whose value is an address even without a port.
const ADDRESS: [&str; 10] = [
    "host", "hostname", "addr", "address", "server", "servers", "url", "uri", "endpoint", "broker",
];

/// Whether a variable is about telemetry: one of its whole words is. `CATALOG_ADDR` is not.
pub(super) fn is_telemetry(variable: &str) -> bool {
    words(variable).any(|word| TELEMETRY.contains(&&*word))
}

fn words(variable: &str) -> impl Iterator<Item = String> + '_ {
    let words = variable.split(|c: char| !c.is_alphanumeric());
    words.map(str::to_lowercase)
}

/// A host that a value speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    pub name: String,
    /// Whether the value is surely an address: it has a port or a scheme.
    pub sure: bool,
}

/// The hosts in a value, in its order.
pub(super) fn hosts(variable: &str, value: &str) -> Vec<Host> {
    let cuts = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '"' | '\'' | '(' | ')');
    let parts = value.split(cuts).filter(|part| !part.is_empty());
    let last = words(variable).last().unwrap_or_default();
    let named = ADDRESS.contains(&&*last);
    parts.filter_map(|part| host(part, named)).collect()
}

fn host(part: &str, named: bool) -> Option<Host> {
    let (scheme, rest) = match part.rsplit_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, part),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let (name, port) = match authority.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (authority, None),
    };
    let has_port = port.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    let sound = match port {
        Some(_) => has_port,
        None => scheme || named,
    };
    let name = name.trim_end_matches('.').to_lowercase();
    let dns = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let letters = name.chars().any(|c| c.is_ascii_alphabetic());
    (sound && letters && name.chars().all(dns) && name != "localhost").then_some(Host {
        name,
        sure: scheme || has_port,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_values_of_any_form() {
        let names = |variable: &str, value: &str| -> Vec<String> {
            hosts(variable, value).into_iter().map(|h| h.name).collect()
        };
        assert_eq!(names("CART", "cart:7070"), ["cart"]);
        assert_eq!(
            names("X", "http://user:pw@cart.shop.svc.cluster.local:80/a?b"),
            ["cart.shop.svc.cluster.local"]
        );
        assert_eq!(names("X", "jdbc:postgresql://db:5432/orders"), ["db"]);
        assert_eq!(names("KAFKA", "k-0:9092,k-1:9092"), ["k-0", "k-1"]);
        assert_eq!(names("DB_HOST", "orders-db"), ["orders-db"]);
        assert!(names("DB_NAME", "orders-db").is_empty());
        for value in [
            "1",
            "8080",
            "10.0.0.1:80",
            "localhost:80",
            "a:b",
            "12:30",
            ":80",
            "true",
        ] {
            assert!(names("X", value).is_empty(), "{value}");
        }
    }

    #[test]
    fn a_word_is_telemetry_only_as_a_whole() {
        assert!(is_telemetry("OTEL_EXPORTER_OTLP_ENDPOINT"));
        assert!(is_telemetry("LOG_SERVER"));
        assert!(!is_telemetry("PRODUCT_CATALOG_SERVICE_ADDR"));
        assert!(!is_telemetry("LOGIN_ADDR"));
    }
}
