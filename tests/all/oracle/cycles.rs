//! Load that comes back: one dense system of equations for nodes that load each other.

use super::{Oracle, Point};
use brownout::model::{CaseId, NodeId};

fn node(v: usize) -> NodeId {
    NodeId(u32::try_from(v).expect("small"))
}

/// Units that each node sends to each other, per unit of its load, in one state: `to[consumer]`.
fn senders(oracle: &Oracle<'_>, v: usize, point: &Point) -> Vec<usize> {
    let requirements = oracle.system.requirements().iter();
    let mut from: Vec<usize> = requirements
        .filter(|r| oracle.sent(r, node(v), point) > 0.0)
        .map(|r| r.consumer.index())
        .collect();
    from.sort_unstable();
    from.dedup();
    from
}

/// Every node from which load reaches `v`, over one step or more.
fn above(oracle: &Oracle<'_>, v: usize, point: &Point) -> Vec<usize> {
    let mut found = senders(oracle, v, point);
    let mut at = 0;
    while at < found.len() {
        for w in senders(oracle, found[at], point) {
            if !found.contains(&w) {
                found.push(w);
            }
        }
        at += 1;
    }
    found
}

/// The nodes that load `v` and that `v` loads, directly or not; nothing if there is none.
pub fn part(oracle: &Oracle<'_>, v: usize, point: &Point) -> Vec<usize> {
    let mut part: Vec<usize> = above(oracle, v, point)
        .into_iter()
        .filter(|&w| w == v || above(oracle, w, point).contains(&v))
        .collect();
    part.sort_unstable();
    part
}

/// Writes down what the nodes of a part carry.
pub fn solve(oracle: &Oracle<'_>, part: &[usize], case: CaseId, point: &mut Point) {
    let enters: Vec<f64> = part
        .iter()
        .map(|&v| {
            let direct = oracle.direct(node(v), part, case, point);
            // Flows over it, put on top of nothing.
            let over = oracle.carry(v, 0.0, case, point);
            point.load[v] = f64::NAN;
            direct + over
        })
        .collect();
    let mut matrix: Vec<Vec<f64>> = Vec::new();
    for (i, &v) in part.iter().enumerate() {
        matrix.push(vec![0.0; part.len()]);
        matrix[i][i] = 1.0;
        for r in oracle.system.requirements() {
            if let Some(j) = part.iter().position(|&c| c == r.consumer.index()) {
                matrix[i][j] -= oracle.sent(r, node(v), point);
            }
        }
    }
    // A unit everywhere stays finite and positive just where no unit comes back as one or more.
    let units = eliminated(&matrix, &vec![1.0; part.len()]);
    let amplifies = !units.iter().all(|&y| y > 0.0 && y < 1e11);
    let loads = if enters.iter().all(|&x| x == 0.0) {
        vec![0.0; part.len()]
    } else if amplifies || enters.contains(&f64::INFINITY) {
        vec![f64::INFINITY; part.len()]
    } else {
        eliminated(&matrix, &enters)
    };
    for (&v, load) in part.iter().zip(loads) {
        point.load[v] = f64::NAN;
        let over = oracle.carry(v, 0.0, case, point);
        let direct = if load == f64::INFINITY {
            load
        } else {
            load - over
        };
        oracle.carry(v, direct, case, point);
        point.load[v] = load;
    }
}

/// Gaussian elimination with the largest pivot of each column.
fn eliminated(matrix: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let n = right.len();
    let mut rows: Vec<Vec<f64>> = matrix
        .iter()
        .zip(right)
        .map(|(row, &x)| row.iter().copied().chain([x]).collect())
        .collect();
    for k in 0..n {
        let pivot = (k..n)
            .max_by(|&i, &j| rows[i][k].abs().total_cmp(&rows[j][k].abs()))
            .expect("a row is left");
        rows.swap(k, pivot);
        let row = rows[k].clone();
        for (i, other) in rows.iter_mut().enumerate().filter(|(i, _)| *i != k) {
            let _ = i;
            let factor = other[k] / row[k];
            for (x, y) in other.iter_mut().zip(&row) {
                *x -= factor * y;
            }
        }
    }
    (0..n).map(|k| rows[k][n] / rows[k][k]).collect()
}
