// SPDX-License-Identifier: GPL-2.0

//! The files below `/proc/vhqos`: records of `key=value`, one a line, for root only.

mod channels;
mod descriptors;
mod events;
mod flags;
mod hosts;
mod last_error;
mod members;
mod status;
mod table;
mod tasks;
mod vps;

use crate::engine::control::Control;
use crate::sys::procfs::{
    Folder,
    Registration, //
};
use crate::sys::stream::Streaming;
use kernel::prelude::*;
use kernel::sync::Arc;

/// All files; dropping this removes them and waits for who uses them.
///
/// Fields are dropped in their order: the files before the folder that they are in.
pub(crate) struct Files {
    _events: Streaming<events::EventsFile>,
    _table: Registration<table::TableFile>,
    _vps: Registration<vps::VpsFile>,
    _members: Registration<members::Members>,
    _last_error: Registration<last_error::LastError>,
    _hosts: Registration<hosts::Hosts>,
    _channels: Registration<channels::Channels>,
    _descriptors: Registration<descriptors::Descriptors>,
    _flags: Registration<flags::Flags>,
    _tasks: Registration<tasks::Tasks>,
    _status: Registration<status::Status>,
    _folder: Folder,
}

impl Files {
    /// Makes all files, those that can be written last: when one cannot be made, nobody wrote anything yet.
    pub(crate) fn make(control: &Arc<Control>) -> Result<Self> {
        let folder = Folder::make(c"vhqos")?;
        let events = Arc::new(events::EventsFile(control.clone()), GFP_KERNEL)?;
        let status = Arc::new(status::Status(control.clone()), GFP_KERNEL)?;
        let tasks = Arc::new(tasks::Tasks(control.clone()), GFP_KERNEL)?;
        let channels = Arc::new(channels::Channels(control.clone()), GFP_KERNEL)?;
        let descriptors = Arc::new(descriptors::Descriptors(control.clone()), GFP_KERNEL)?;
        let flags = Arc::new(flags::Flags(control.clone()), GFP_KERNEL)?;
        let hosts = Arc::new(hosts::Hosts(control.clone()), GFP_KERNEL)?;
        let last_error = Arc::new(last_error::LastError(control.clone()), GFP_KERNEL)?;
        let members = Arc::new(members::Members(control.clone()), GFP_KERNEL)?;
        let vps = Arc::new(vps::VpsFile(control.clone()), GFP_KERNEL)?;
        let table = Arc::new(table::TableFile(control.clone()), GFP_KERNEL)?;
        Ok(Self {
            _events: Streaming::make(c"events", &folder, events)?,
            _members: Registration::make(c"members", &folder, false, members)?,
            _last_error: Registration::make(c"last_error", &folder, false, last_error)?,
            _hosts: Registration::make(c"hosts", &folder, false, hosts)?,
            _channels: Registration::make(c"channels", &folder, false, channels)?,
            _descriptors: Registration::make(c"descriptors", &folder, false, descriptors)?,
            _flags: Registration::make(c"flags", &folder, false, flags)?,
            _tasks: Registration::make(c"tasks", &folder, false, tasks)?,
            _status: Registration::make(c"status", &folder, false, status)?,
            _vps: Registration::make(c"vps", &folder, true, vps)?,
            _table: Registration::make(c"table", &folder, true, table)?,
            _folder: folder,
        })
    }
}
