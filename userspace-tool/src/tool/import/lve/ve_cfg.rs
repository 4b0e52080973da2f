// SPDX-License-Identifier: GPL-2.0

//! `/etc/container/ve.cfg`.

use super::cap::Cpu;
use super::limits::Limits;
use super::{Found, Whose};
use crate::tool::failure::Failure;
use crate::tool::import::Origin;
use roxmltree::{Document, Node};
use std::sync::Arc;

/// Bytes of the pages in which memory is counted.
const PAGE: u64 = 4096;

/// Reads `<lveconfig>`: `<defaults>`, `<package id="NAME">` and `<lve id="NUMBER">`.
///
/// Errors: it is no XML, a limit is no number.
pub(super) fn ve_cfg(name: &Arc<str>, text: &str) -> Result<Found, Failure> {
    let document = Document::parse(text).map_err(|error| {
        let line = usize::try_from(error.pos().row).unwrap_or(1);
        Origin::new(name, line)
            .failure(format_args!("no XML: {error}"))
            .help("`lvectl` writes this file; `lvectl list --json` says the same")
    })?;
    let root = document.root_element();
    if !root.has_tag_name("lveconfig") {
        let what = "the file is no <lveconfig>";
        return Err(Origin::new(name, 1)
            .failure(what)
            .help("name ve.cfg, or what `lvectl list` printed"));
    }
    let mut found = Found::new();
    // Counted on from element to element: the parser would count from the beginning for each.
    let (mut line, mut counted) = (1, 0);
    for node in root.children().filter(Node::is_element) {
        let start = node.range().start;
        let between = text.get(counted..start).unwrap_or_default();
        line += between.matches('\n').count();
        counted = start;
        let origin = Origin::new(name, line);
        let id = node.attribute("id").unwrap_or_default();
        let whose = match node.tag_name().name() {
            "defaults" => Whose::Default,
            "package" => Whose::Package(id.to_owned()),
            "lve" => whose(node, id, &origin)?,
            _ => continue,
        };
        found.push((whose, limits(node, &origin)?, origin));
    }
    Ok(found)
}

/// The user of an `<lve>`: by name, if `lvectl --save-username` has put it there.
fn whose(node: Node<'_, '_>, id: &str, origin: &Origin) -> Result<Whose, Failure> {
    if let Some(user) = node.attribute("user").filter(|user| !user.is_empty()) {
        return Ok(Whose::User(user.to_owned()));
    }
    match id.parse() {
        Ok(0) => Ok(Whose::Default),
        Ok(id) => Ok(Whose::Id(id)),
        Err(_) => Err(origin
            .failure(format_args!("<lve id=\"{id}\">: no number of a user"))
            .help("take it out")),
    }
}

fn limits(node: Node<'_, '_>, origin: &Origin) -> Result<Limits, Failure> {
    let mut limits = Limits::default();
    for limit in node.children().filter(Node::is_element) {
        let kind = limit.tag_name().name();
        let attribute = match kind {
            "other" => "maxentryprocs",
            _ => "limit",
        };
        let Some(text) = limit.attribute(attribute) else {
            continue;
        };
        let wrong = || {
            origin
                .failure(format_args!("<{kind} {attribute}=\"{text}\">: no limit"))
                .help("expected a number; of cpu, also 50%, 2000mhz or 2ghz")
        };
        if kind == "cpu" {
            limits.cpu = Some(cpu(text).ok_or_else(wrong)?);
            continue;
        }
        let number = text.parse::<u64>().map_err(|_| wrong())?;
        let pages = number.saturating_mul(PAGE);
        match kind {
            "ncpu" => limits.ncpu = Some(number),
            "mem" | "vmem" => limits.vmem = Some(pages),
            "pmem" => limits.pmem = Some(pages),
            "nproc" => limits.nproc = Some(number),
            "io" => limits.io = Some(number),
            "iops" => limits.iops = Some(number),
            "other" => limits.entry_processes = Some(number),
            _ => {}
        }
    }
    Ok(limits)
}

/// `25`, `50%`, `2000mhz` or `2ghz`.
fn cpu(text: &str) -> Option<Cpu> {
    let text = text.trim().to_ascii_lowercase();
    let number = |text: &str| text.trim().parse::<u64>().ok();
    if let Some(text) = text.strip_suffix('%') {
        return Some(Cpu::OfCore(number(text)?));
    }
    if let Some(text) = text.strip_suffix("mhz") {
        return Some(Cpu::Megahertz(number(text)?));
    }
    match text.strip_suffix("ghz") {
        Some(text) => Some(Cpu::Megahertz(number(text)?.saturating_mul(1000))),
        None => Some(Cpu::OfMachine(number(&text)?)),
    }
}
