//! What is in the files and does not work, or is no more.

use super::{aws, down, ids, instances, said, state, state_text, targets, terraform, zone};
use std::collections::BTreeSet;

#[test]
fn members_of_a_group_that_are_not_in_service_are_known_outages() {
    let group = r#"{"AutoScalingGroups": [{"AutoScalingGroupName": "asg", "DesiredCapacity": 3, "Instances": [
        {"InstanceId": "i-1", "AvailabilityZone": "eu-1a", "LifecycleState": "InService", "HealthStatus": "Healthy"},
        {"InstanceId": "i-2", "AvailabilityZone": "eu-1b", "LifecycleState": "Standby", "HealthStatus": "Healthy"},
        {"InstanceId": "i-3", "AvailabilityZone": "eu-1b", "LifecycleState": "InService", "HealthStatus": "Unhealthy"},
        {"InstanceId": "i-4", "AvailabilityZone": "eu-1b", "LifecycleState": "InService", "HealthStatus": "Healthy"}]}]}"#;
    let machines = instances(&[("i-1", "eu-1a", "running"), ("i-4", "eu-1b", "terminated")]);
    let imported = aws(&[&machines, group]);
    // What no answer describes is known by the group; what is terminated stays away.
    assert_eq!(targets(&imported.draft, "asg"), ["i-1", "i-2", "i-3"]);
    assert_eq!(zone(&imported.draft, "i-2"), ["eu-1b"]);
    assert!(said(&imported, "i-2").contains("described in no file"));
    let down = down(&imported);
    assert_eq!(down.keys().collect::<Vec<_>>(), [&"i-2", &"i-3"]);
    assert_eq!(down["i-2"], "in its group it is Standby");
    assert!(said(&imported, "asg").contains("it wants other than"));
}

#[test]
fn databases_and_others_that_do_not_serve_are_known_outages() {
    for (status, is_out) in [
        ("available", false),
        ("backing-up", false),
        ("storage-optimization", false),
        ("stopped", true),
        ("stopping", true),
        ("failed", true),
        ("storage-full", true),
        ("inaccessible-encryption-credentials", true),
    ] {
        let text = format!(
            r#"{{"DBInstances": [
            {{"DBInstanceIdentifier": "a", "AvailabilityZone": "eu-1a", "DBInstanceStatus": "{status}"}},
            {{"DBInstanceIdentifier": "b", "AvailabilityZone": "eu-1a", "SecondaryAvailabilityZone": "eu-1b", "MultiAZ": true, "DBInstanceStatus": "{status}"}}]}}"#
        );
        let imported = aws(&[&text]);
        let expected: &[&str] = if is_out { &["a", "b/1", "b/2"] } else { &[] };
        let found = down(&imported);
        assert_eq!(
            found.keys().copied().collect::<Vec<_>>(),
            expected,
            "{status}"
        );
        assert!(
            found
                .values()
                .all(|why| *why == format!("its state is {status}"))
        );
    }
    let others = aws(&[
        r#"{"CacheClusters": [{"CacheClusterId": "c", "NumCacheNodes": 1, "CacheClusterStatus": "restore-failed"}],
            "Clusters": [{"ClusterIdentifier": "w", "ClusterStatus": "paused"}, {"ClusterIdentifier": "v", "ClusterStatus": "available, prep-for-resize"}],
            "ClusterInfoList": [{"ClusterName": "k", "NumberOfBrokerNodes": 1, "State": "FAILED"}],
            "NatGateways": [{"NatGatewayId": "n", "State": "failed"}, {"NatGatewayId": "o", "State": "deleted"}],
            "LoadBalancers": [{"LoadBalancerArn": "l", "LoadBalancerName": "l", "State": {"Code": "failed"}}]}"#,
    ]);
    let found = down(&others);
    assert_eq!(
        found.keys().copied().collect::<Vec<_>>(),
        ["c", "k/1", "l", "n", "w"]
    );
    assert!(said(&others, "o").contains("being deleted"));
}

#[test]
fn what_a_state_says_is_stopped_is_a_known_outage() {
    let imported = state(&[
        (
            "aws_instance",
            "a",
            r#"{"index_key": 0, "attributes": {"id": "i-1", "instance_state": "stopped"}},
               {"index_key": 1, "attributes": {"id": "i-2", "instance_state": "running"}},
               {"index_key": 2, "attributes": {"id": "i-3", "instance_state": "terminated"}}"#,
        ),
        (
            "google_compute_instance",
            "g",
            r#"{"index_key": "gone", "attributes": {"id": "g1", "current_status": "TERMINATED"}},
               {"index_key": "wanted", "attributes": {"id": "g2", "desired_status": "SUSPENDED"}},
               {"index_key": "runs", "attributes": {"id": "g3", "current_status": "RUNNING", "desired_status": "RUNNING"}}"#,
        ),
        (
            "azurerm_linux_virtual_machine",
            "z",
            r#"{"attributes": {"id": "z", "power_state": "VM deallocated"}}"#,
        ),
        (
            "openstack_compute_instance_v2",
            "o",
            r#"{"attributes": {"id": "o", "power_state": "shutoff"}}"#,
        ),
        (
            "aws_db_instance",
            "d",
            r#"{"attributes": {"id": "d", "status": "stopped", "multi_az": true}}"#,
        ),
        (
            "google_sql_database_instance",
            "s",
            r#"{"attributes": {"name": "s", "settings": [{"activation_policy": "NEVER"}]}}"#,
        ),
    ]);
    let found = down(&imported);
    let expected = [
        "aws_db_instance.d/1",
        "aws_db_instance.d/2",
        "aws_instance.a[0]",
        "azurerm_linux_virtual_machine.z",
        "google_compute_instance.g[\"gone\"]",
        "google_compute_instance.g[\"wanted\"]",
        "google_sql_database_instance.s",
        "openstack_compute_instance_v2.o",
    ];
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), expected);
    assert_eq!(found["aws_instance.a[0]"], "its state is stopped");
    assert!(said(&imported, "aws_instance.a[2]").contains("terminated"));
    assert_eq!(imported.scenarios[0].name, "a");
}

#[test]
fn what_was_replaced_and_waits_to_be_destroyed_is_left_out() {
    let text = state_text(&[(
        "aws_instance",
        "a",
        r#"{"attributes": {"id": "i-1", "availability_zone": "eu-1a"}},
           {"deposed": "deadbeef", "attributes": {"id": "i-0", "availability_zone": "eu-1b"}}"#,
    )]);
    let shown = r#"{"format_version": "1.0", "terraform_version": "1.7.0", "values": {"root_module": {"resources": [
        {"address": "aws_instance.a", "mode": "managed", "type": "aws_instance", "values": {"id": "i-1", "availability_zone": "eu-1a"}},
        {"address": "aws_instance.a", "mode": "managed", "type": "aws_instance", "deposed_key": "deadbeef", "values": {"id": "i-0"}}]}}}"#;
    let old = r#"{"version": 3, "terraform_version": "0.11.0", "modules": [{"path": ["root"], "resources": {
        "aws_instance.a": {"type": "aws_instance", "primary": {"attributes": {"id": "i-1", "availability_zone": "eu-1a"}}, "deposed": [{"id": "i-0"}]}}}]}"#;
    for text in [&*text, shown, old] {
        let imported = terraform(text);
        let expected = ["aws_instance.a", "eu-1a", "svc:rest"].map(str::to_owned);
        assert_eq!(ids(&imported.draft), BTreeSet::from(expected), "{text}");
        assert!(imported.warnings.is_empty());
        assert!(said(&imported, "aws_instance.a").contains("waits to be destroyed"));
    }
}
