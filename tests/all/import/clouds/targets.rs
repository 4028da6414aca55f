//! Who is behind a load balancer: each target once, whether it is described or not.

use super::super::sources::{brownout, root};
use super::{aws, balancers, down, health, ids, instances, said, state, state_text, targets, zone};
use brownout::input::import::{Format, Options, read};
use brownout::model::{Need, Split};
use std::collections::BTreeMap;
use std::fs;

const LISTENER: (&str, &str, &str) = (
    "aws_lb_listener",
    "l",
    r#"{"attributes": {"arn": "arn:l", "load_balancer_arn": "arn:lb", "default_action": [{"target_group_arn": "arn:tg"}]}}"#,
);
const BALANCER: (&str, &str, &str) = ("aws_lb", "lb", r#"{"attributes": {"arn": "arn:lb"}}"#);
const GROUP_OF_FIVE: (&str, &str, &str) = (
    "aws_autoscaling_group",
    "asg",
    r#"{"attributes": {"name": "asg", "desired_capacity": 5, "availability_zones": ["eu-1a", "eu-1b"], "target_group_arns": ["arn:tg"]}}"#,
);
const ATTACHED: (&str, &str, &str) = (
    "aws_lb_target_group_attachment",
    "t",
    r#"{"index_key": 0, "attributes": {"target_group_arn": "arn:tg", "target_id": "i-1"}},
       {"index_key": 1, "attributes": {"target_group_arn": "arn:tg", "target_id": "i-2"}}"#,
);
const TWO: (&str, &str, &str) = (
    "aws_instance",
    "web",
    r#"{"index_key": 0, "attributes": {"id": "i-1", "availability_zone": "eu-1a"}},
       {"index_key": 1, "attributes": {"id": "i-2", "availability_zone": "eu-1b"}}"#,
);

/// Imports with capacities of 100 and a demand, and what happens with nothing failed.
fn loaded(files: &[(&str, &str)], service: &str, demand: u32) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    fs::create_dir(folder.path().join("in")).expect("made");
    for (name, text) in files {
        fs::write(folder.path().join("in").join(name), text).expect("written");
    }
    let overlay = format!(
        "source = \"test\"\n[[set]]\nselect = \"kind=vm\"\ncapacity = 100\n\
         [[set]]\nselect = \"{service}\"\ndemand = {demand}\n"
    );
    fs::write(path("cap.toml"), overlay).expect("written");
    let (from, over, to) = (path("in"), path("cap.toml"), path("estate"));
    let done = brownout(&["import", &from, "--overlay", &over, "-o", &to]);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let done = brownout(&["whatif", &to]);
    String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr)
}

#[test]
fn a_load_balancer_sends_to_each_member_of_a_group_as_to_any_other_target() {
    let resources = [TWO, BALANCER, LISTENER, ATTACHED, GROUP_OF_FIVE];
    let text = loaded(
        &[("a.tfstate", &state_text(&resources))],
        "svc:aws_lb.lb",
        600,
    );
    assert!(text.contains("85.7"), "{text}");
    assert!(
        !text.contains("degraded") && !text.contains("unused"),
        "{text}"
    );
    let imported = state(&resources);
    let draft = &imported.draft;
    assert_eq!(targets(draft, "aws_lb.lb").len(), 7);
    let group = draft.requirements.iter().find(|r| r.group.is_some());
    let group = group.expect("targets");
    assert_eq!((group.need, group.split), (Need::AtLeast(1), Split::Share));
    // The group is nobody's need any more: its members say whose they are.
    assert!(!ids(draft).contains("aws_autoscaling_group.asg"));
    let labels = &draft.labels;
    let column = labels.columns.iter().position(|c| &**c == "member_of");
    let cells = &labels.values[column.expect("a label")];
    let of_it = cells.iter().flatten();
    assert_eq!(
        of_it
            .filter(|c| &***c == "aws_autoscaling_group.asg")
            .count(),
        5
    );
    assert!(said(&imported, "aws_autoscaling_group.asg").contains("each like any other"));

    // By itself it keeps its name.
    let draft = state(&[BALANCER, LISTENER, GROUP_OF_FIVE]).draft;
    assert_eq!(targets(&draft, "aws_lb.lb"), ["aws_autoscaling_group.asg"]);
    assert_eq!(targets(&draft, "aws_autoscaling_group.asg").len(), 5);
}

#[test]
fn who_is_a_target_by_health_and_by_its_group_is_one_target() {
    let all = ["i-1", "i-2", "i-3", "i-4"];
    let machines = instances(&all.map(|id| (id, "eu-1a", "running")));
    let lb = balancers(&[("lb", &["tg"])]);
    let group = r#"{"AutoScalingGroups": [{"AutoScalingGroupName": "asg", "DesiredCapacity": 3, "TargetGroupARNs": ["tg"],
        "Instances": [{"InstanceId": "i-2"}, {"InstanceId": "i-3"}, {"InstanceId": "i-4"}]}]}"#;
    let healthy = health(&all.map(|id| ("tg", id, "healthy")));
    let files = [
        ("inst.json", &*machines),
        ("lb.json", &lb),
        ("asg.json", group),
        ("th.json", &healthy),
    ];
    let text = loaded(&files, "svc:lb", 400);
    assert!(
        !text.contains("degraded") && !text.contains("106.7"),
        "{text}"
    );
    let draft = aws(&[&machines, &lb, group, &healthy]).draft;
    assert_eq!(targets(&draft, "lb"), all);
    assert!(!ids(&draft).contains("svc:rest"));

    // Where only the group is behind it, it is behind it by its name.
    let only = health(&[
        ("tg", "i-2", "healthy"),
        ("tg", "i-3", "healthy"),
        ("tg", "i-4", "healthy"),
    ]);
    let draft = aws(&[&machines, &lb, group, &only]).draft;
    assert_eq!(targets(&draft, "lb"), ["asg"]);
    assert_eq!(targets(&draft, "svc:rest"), ["i-1"]);
}

#[test]
fn what_a_classic_load_balancer_lists_of_its_group_is_not_counted_again() {
    let elb = (
        "aws_elb",
        "lb",
        r#"{"attributes": {"id": "lb", "name": "lb", "instances": ["i-1", "i-7", "i-8"]}}"#,
    );
    let group = (
        "aws_autoscaling_group",
        "asg",
        r#"{"attributes": {"name": "asg", "desired_capacity": 2, "availability_zones": ["eu-1a"], "load_balancers": ["lb"]}}"#,
    );
    let imported = state(&[TWO, elb, group]);
    let behind = targets(&imported.draft, "aws_elb.lb");
    assert_eq!(behind.len(), 3, "{behind:?}");
    assert!(said(&imported, "i-7").contains("taken to be one of the group"));
}

#[test]
fn a_target_that_does_not_serve_is_out_or_left_out_of_the_group() {
    let machines = instances(&[
        ("i-1", "eu-1a", "running"),
        ("i-2", "eu-1b", "running"),
        ("i-3", "eu-1b", "running"),
    ]);
    let lb = balancers(&[("lb", &["tg"]), ("other", &["tg2"])]);
    for state in ["unhealthy", "draining", "initial", "unused", "unavailable"] {
        let health = health(&[
            ("tg", "i-1", "healthy"),
            ("tg", "i-2", state),
            ("tg", "i-3", state),
            ("tg2", "i-3", "healthy"),
        ]);
        let imported = aws(&[&machines, &lb, &health]);
        // It serves nowhere: it is out. The other serves in another group: it is a target there only.
        assert_eq!(targets(&imported.draft, "lb"), ["i-1", "i-2"], "{state}");
        assert_eq!(targets(&imported.draft, "other"), ["i-3"], "{state}");
        let why = format!("its target health is {state}");
        assert_eq!(down(&imported), BTreeMap::from([("i-2", &*why)]));
        assert!(said(&imported, "i-3").contains("left out of the one"));
    }
    // A load balancer whose only target serves elsewhere only has none.
    let both = health(&[("tg", "i-3", "unhealthy"), ("tg2", "i-3", "healthy")]);
    let imported = aws(&[&machines, &lb, &both]);
    assert_eq!(
        down(&imported),
        BTreeMap::from([("lb", "none of its targets serves")])
    );
    assert!(targets(&imported.draft, "lb").is_empty());
    // What is not checked says nothing, nor does a group that nobody sends to.
    let lambda = r#"{"TargetHealthDescriptions": [{"TargetGroupArn": "tg", "Target": {"Id": "i-1"},
        "TargetHealth": {"State": "unavailable", "Reason": "Target.HealthCheckDisabled"}}]}"#;
    let idle = health(&[("idle", "i-2", "unused")]);
    let imported = aws(&[&machines, &lb, lambda, &idle]);
    assert!(down(&imported).is_empty());
    assert!(said(&imported, "i-1").contains("nobody checks its health"));
    assert!(said(&imported, "i-2").contains("no load balancer is known"));
}

#[test]
fn a_target_that_no_file_describes_is_still_a_target() {
    let machines = instances(&[("i-1", "eu-1a", "running")]);
    let classic = r#"{"LoadBalancerDescriptions": [{"LoadBalancerName": "old", "Instances": [{"InstanceId": "i-1"}, {"InstanceId": "i-9"}]}]}"#;
    let lb = balancers(&[("lb", &["tg"])]);
    let healthy = health(&[
        ("tg", "i-1", "healthy"),
        ("tg", "i-8", "healthy"),
        ("tg", "10.0.0.9", "healthy"),
    ]);
    let imported = aws(&[&machines, classic, &lb, &healthy]);
    assert_eq!(targets(&imported.draft, "old"), ["i-1", "i-9"]);
    assert_eq!(targets(&imported.draft, "lb"), ["i-1", "10.0.0.9", "i-8"]);
    for id in ["i-9", "i-8", "10.0.0.9"] {
        assert!(said(&imported, id).contains("described in no file"), "{id}");
        assert!(zone(&imported.draft, id).is_empty());
    }
    let attached = state(&[
        TWO,
        BALANCER,
        LISTENER,
        ATTACHED,
        (
            "aws_lb_target_group_attachment",
            "u",
            r#"{"attributes": {"target_group_arn": "arn:tg", "target_id": "i-7"}}"#,
        ),
    ]);
    let expected = ["aws_instance.web[0]", "aws_instance.web[1]", "i-7"];
    assert_eq!(targets(&attached.draft, "aws_lb.lb"), expected);
    // Of a cluster one member is described, another is only named.
    let cluster = aws(&[
        r#"{"DBInstances": [{"DBInstanceIdentifier": "d1", "AvailabilityZone": "eu-1a"}],
            "DBClusters": [{"DBClusterIdentifier": "d", "DBClusterMembers": [
            {"DBInstanceIdentifier": "d1", "IsClusterWriter": false}, {"DBInstanceIdentifier": "d2", "IsClusterWriter": true}]}]}"#,
    ]);
    assert_eq!(targets(&cluster.draft, "d"), ["d2", "d1"]);
    let named = state(&[
        (
            "aws_rds_cluster",
            "c",
            r#"{"attributes": {"id": "c", "cluster_identifier": "c", "cluster_members": ["c-0", "c-1"]}}"#,
        ),
        (
            "aws_rds_cluster_instance",
            "m",
            r#"{"attributes": {"id": "c-0", "identifier": "c-0", "cluster_identifier": "c", "availability_zone": "eu-1a"}}"#,
        ),
    ]);
    let expected = ["aws_rds_cluster_instance.m", "c-1"];
    assert_eq!(targets(&named.draft, "aws_rds_cluster.c"), expected);
}

#[test]
fn a_target_known_by_its_address_is_the_machine_that_has_it() {
    let machine = r#"{"Reservations": [{"Instances": [{"InstanceId": "i-1", "PrivateIpAddress": "10.0.0.1",
        "Placement": {"AvailabilityZone": "eu-1a"}, "State": {"Name": "running"}}]}]}"#;
    let lb = balancers(&[("lb", &["tg"])]);
    let imported = aws(&[machine, &lb, &health(&[("tg", "10.0.0.1", "unhealthy")])]);
    assert_eq!(targets(&imported.draft, "lb"), ["i-1"]);
    assert_eq!(down(&imported)["i-1"], "its target health is unhealthy");
}

#[test]
fn a_load_balancer_of_which_all_targets_are_gone_is_out() {
    let machines = instances(&[("i-1", "eu-1a", "terminated")]);
    let classic = r#"{"LoadBalancerDescriptions": [{"LoadBalancerName": "old", "Instances": [{"InstanceId": "i-1"}]}]}"#;
    let imported = aws(&[&machines, classic]);
    assert_eq!(
        down(&imported)["old"],
        "all that is behind it is no more, or scaled to nothing"
    );
    let nothing = (
        "aws_autoscaling_group",
        "asg",
        r#"{"attributes": {"name": "asg", "desired_capacity": 0, "target_group_arns": ["arn:tg"]}}"#,
    );
    let imported = state(&[BALANCER, LISTENER, nothing]);
    assert!(down(&imported).contains_key("aws_lb.lb"));
    assert!(targets(&imported.draft, "aws_lb.lb").is_empty());
}

#[test]
#[ignore = "needs ../shared/data"]
fn the_large_real_exports_name_what_they_do_not_describe() {
    let shared = root().join("../shared/data/inventory");
    let path = shared.join("terraform/driftctl-aws_lb_listener.tfstate");
    let imported = read(Format::Terraform, &[path], Options::default()).expect("an estate");
    assert!(zone(&imported.draft, "aws_lb.test").is_empty());
    assert!(said(&imported, "aws_lb.test").contains("subnets"));
    let paths = [
        "elb-describe-load-balancers.json",
        "ec2-describe-instances.json",
    ];
    let paths = paths.map(|p| shared.join("aws").join(p));
    let imported = read(Format::Aws, &paths, Options::default()).expect("an estate");
    let behind = ["i-00000000000000002", "i-00000000000000003"];
    assert_eq!(targets(&imported.draft, "weblb"), behind);
    assert!(said(&imported, behind[1]).contains("described in no file"));
}

#[test]
fn a_load_balancer_may_be_called_like_the_group_behind_it() {
    let lb = (
        "aws_lb",
        "lb",
        r#"{"attributes": {"arn": "arn:lb", "name": "web"}}"#,
    );
    let attached = (
        "aws_autoscaling_attachment",
        "t",
        r#"{"attributes": {"lb_target_group_arn": "arn:tg", "autoscaling_group_name": "web"}}"#,
    );
    let imported = state(&[lb, LISTENER, attached]);
    assert_eq!(targets(&imported.draft, "aws_lb.lb"), ["web"]);
    assert!(down(&imported).is_empty());
}

#[test]
fn a_load_balancer_behind_another_is_called_by_its_arn() {
    let lb = balancers(&[("front", &["tg"]), ("lb", &["tg2"])]);
    let health = health(&[("tg", "arn:lb", "unhealthy"), ("tg2", "i-1", "healthy")]);
    let imported = aws(&[&lb, &health]);
    assert_eq!(targets(&imported.draft, "front"), ["lb"]);
    assert_eq!(down(&imported)["lb"], "its target health is unhealthy");
}
