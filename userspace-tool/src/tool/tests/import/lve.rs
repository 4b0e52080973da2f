// SPDX-License-Identifier: GPL-2.0

//! Limits of LVE.

use super::{failure, import, made};
use crate::tool::arguments::Arguments;
use crate::tool::tests::Files;
use clap::Parser;
use insta::assert_snapshot;

#[test]
fn with_userdata_users_are_hosts() {
    assert_snapshot!(import("lve --passwd @lve/passwd --userdata @cpanel/userdata --users @cpanel/users @lve/ve.cfg"), @r"
    # 3 rows, by `vhqos import lve`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # left out: EP 20 (the web server limits it); PMEM 1G, NPROC 100, IO 1024, IOPS 1024 (only rows of VPSes have it)
    package default cpu.max=1cpus
    # lve/ve.cfg:12
    # left out: EP 20 (the web server limits it); PMEM 2G, NPROC 100, IO 1024, IOPS 1024 (only rows of VPSes have it)
    package gold_plus cpu.max=2.5cpus
    # lve/ve.cfg:16
    # left out: SPEED 2000 MHz (--mhz says how fast a core is); EP 20 (the web server limits it); PMEM 1G, NPROC 100, IO 1024, IOPS 1024 (only rows of VPSes have it)
    package gold_plus-2

    # cpanel/userdata/alice/alice.example:27, cpanel/userdata/alice/alice.example_SSL:27, cpanel/userdata/alice/blog.alice.example:5, cpanel/userdata/alice/garden.alice.example:5
    # lve/ve.cfg:19: left out: NCPU 5 (it is less than CPU 30% on more than 16 CPUs: --cpus says how many there are)
    host alice addr=192.0.2.7:80,443 addr=[2001:db8:5300:9::3f]:80,443 name=alice.example name=www.alice.example name=alice.example.org name=mail.alice.example name=autodiscover.alice.example name=blog.alice.example name=www.blog.alice.example name=garden.alice.example name=garden.example name=www.garden.example package=gold_plus cpu.max=30%

    # cpanel/userdata/bob/bob.example:7
    # lve/ve.cfg:23: left out: VMEM 4M (nothing here limits it)
    host bob addr=192.0.2.7:8081 name=bob.example name=www.bob.example name=*.bob.example package=default cpu.max=max

    # cpanel/userdata/nobody/noaddress.example:4, cpanel/userdata/nobody/www.bob.example:4
    # cpanel/userdata/nobody/noaddress.example:2: address none: a name, which only the server's resolver knows: the row is for all addresses, unless you write addr= there
    host nobody name=noaddress.example name=www.bob.example package=default

    # Of what follows, nothing became a row:
    # cpanel/userdata/alice/main:7: gone.alice.example is left out: it is listed, and has no file beside this one
    # cpanel/userdata/nobody/broken.example:3: the file is left out: it is no YAML: while parsing a flow sequence, expected ',' or ']'
    # cpanel/userdata/nobody/list.example:1: the file is left out: it is no YAML: it is no mapping of keys to values
    # cpanel/userdata/nobody/other.example:1: the file is left out: it has no servername, so it is no virtual host
    # lve/ve.cfg:28: user uid-1003 is left out: cpanel/userdata has no site of his
    ");
}

#[test]
fn megahertz_are_cpus_when_a_core_s_speed_is_said() {
    assert_snapshot!(import("lve --passwd @lve/passwd --mhz 2500 @lve/ve.cfg"), @r"
    # 0 rows, by `vhqos import lve`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # left out: EP 20 (the web server limits it); PMEM 1G, NPROC 100, IO 1024, IOPS 1024 (only rows of VPSes have it)
    package default cpu.max=1cpus
    # lve/ve.cfg:12
    # left out: EP 20 (the web server limits it); PMEM 2G, NPROC 100, IO 1024, IOPS 1024 (only rows of VPSes have it)
    package gold_plus cpu.max=2.5cpus
    # lve/ve.cfg:16
    # left out: EP 20 (the web server limits it); PMEM 1G, NPROC 100, IO 1024, IOPS 1024 (only rows of VPSes have it)
    package gold_plus-2 cpu.max=0.8cpus

    # Of what follows, nothing became a row:
    # lve/ve.cfg:19: user alice is left out: his sites are not in this file: --userdata says them, or --vps that he is a VPS
    # lve/ve.cfg:23: user bob is left out: his sites are not in this file: --userdata says them, or --vps that he is a VPS
    # lve/ve.cfg:28: user uid-1003 is left out: his sites are not in this file: --userdata says them, or --vps that he is a VPS
    ");
}

#[test]
fn users_may_be_vpss() {
    assert_snapshot!(import("lve --passwd @lve/passwd --vps --device 8:0 @lve/ve.cfg"), @r"
    # 3 rows, by `vhqos import lve`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # IO and IOPS of LVE are of reads and writes together; here each of the two gets all of it.
    # left out: EP 20 (the web server limits it)
    package default cpu.max=1cpus memory.max=1G pids.max=100 io.max=8:0,rbps=1048576,wbps=1048576,riops=1024,wiops=1024
    # lve/ve.cfg:12
    # left out: EP 20 (the web server limits it)
    package gold_plus cpu.max=2.5cpus memory.max=2G pids.max=100 io.max=8:0,rbps=1048576,wbps=1048576,riops=1024,wiops=1024
    # lve/ve.cfg:16
    # left out: SPEED 2000 MHz (--mhz says how fast a core is); EP 20 (the web server limits it)
    package gold_plus-2 memory.max=1G pids.max=100 io.max=8:0,rbps=1048576,wbps=1048576,riops=1024,wiops=1024

    # lve/ve.cfg:19
    # lve/ve.cfg:19: left out: NCPU 5 (it is less than CPU 30% on more than 16 CPUs: --cpus says how many there are)
    host alice vps=alice package=default cpu.max=30%

    # lve/ve.cfg:23
    # lve/ve.cfg:23: left out: VMEM 4M (nothing here limits it)
    host bob vps=bob package=default cpu.max=max pids.max=max

    # lve/ve.cfg:28
    host uid-1003 vps=uid-1003 package=default
    ");
}

#[test]
fn without_a_disk_limits_of_io_are_told() {
    assert_snapshot!(import("lve --passwd @lve/passwd --vps @lve/old.cfg"), @r"
    # 1 row, by `vhqos import lve`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # left out: NCPU 1 (it is less than CPU 25% on more than 4 CPUs: --cpus says how many there are); VMEM 1G (nothing here limits it); EP 200 (the web server limits it); IO 1024 (--device says for which disk it is)
    package default cpu.max=25% memory.max=1G pids.max=max

    # lve/old.cfg:12
    # lve/old.cfg:12: left out: NCPU 5 (it is less than CPU 30% on more than 16 CPUs: --cpus says how many there are)
    host uid-532 vps=uid-532 package=default cpu.max=30%
    ");
}

#[test]
fn what_lvectl_prints_is_read() {
    assert_snapshot!(import("lve --passwd @lve/passwd --vps --device 8:0 @lve/list"), @r"
    # 2 rows, by `vhqos import lve`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # IO and IOPS of LVE are of reads and writes together; here each of the two gets all of it.
    # left out: EP 20 (the web server limits it)
    package default cpu.max=1cpus memory.max=1G pids.max=100 io.max=8:0,rbps=1048576,wbps=1048576,riops=1024,wiops=1024

    # lve/list:3
    # lve/list:3: left out: EP 40 (the web server limits it)
    host alice vps=alice package=default cpu.max=0.5cpus memory.max=512M pids.max=90 io.max=8:0,rbps=1048576,wbps=1048576,riops=1024,wiops=1024

    # lve/list:4
    # lve/list:4: left out: EP 40 (the web server limits it)
    host uid-4711 vps=uid-4711 package=default cpu.max=0.99cpus memory.max=1000K pids.max=90 io.max=8:0,rbps=1048576,wbps=1048576,riops=1024,wiops=1024
    ");
}

#[test]
fn and_its_json() {
    assert_snapshot!(import("lve --passwd @lve/passwd --userdata @cpanel/userdata @lve/list.json"), @r"
    # 3 rows, by `vhqos import lve`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # left out: EP 20 (the web server limits it); PMEM 1G, NPROC 100, IO 1024, IOPS 1024 (only rows of VPSes have it)
    package default cpu.max=1cpus

    # cpanel/userdata/alice/alice.example:27, cpanel/userdata/alice/alice.example_SSL:27, cpanel/userdata/alice/blog.alice.example:5, cpanel/userdata/alice/garden.alice.example:5
    # lve/list.json:1: left out: PMEM 1G (only rows of VPSes have it)
    host alice addr=192.0.2.7:80,443 addr=[2001:db8:5300:9::3f]:80,443 name=alice.example name=www.alice.example name=alice.example.org name=mail.alice.example name=autodiscover.alice.example name=blog.alice.example name=www.blog.alice.example name=garden.alice.example name=garden.example name=www.garden.example package=default cpu.max=0.5cpus

    # cpanel/userdata/bob/bob.example:7
    host bob addr=192.0.2.7:8081 name=bob.example name=www.bob.example name=*.bob.example package=default cpu.max=0.75cpus

    # cpanel/userdata/nobody/noaddress.example:4, cpanel/userdata/nobody/www.bob.example:4
    # cpanel/userdata/nobody/noaddress.example:2: address none: a name, which only the server's resolver knows: the row is for all addresses, unless you write addr= there
    host nobody name=noaddress.example name=www.bob.example package=default

    # Of what follows, nothing became a row:
    # cpanel/userdata/alice/main:7: gone.alice.example is left out: it is listed, and has no file beside this one
    # cpanel/userdata/nobody/broken.example:3: the file is left out: it is no YAML: while parsing a flow sequence, expected ',' or ']'
    # cpanel/userdata/nobody/list.example:1: the file is left out: it is no YAML: it is no mapping of keys to values
    # cpanel/userdata/nobody/other.example:1: the file is left out: it has no servername, so it is no virtual host
    ");
}

#[test]
fn the_less_of_cpu_and_ncpu_counts() {
    let text = r#"<lveconfig>
        <defaults><cpu limit="25"/><ncpu limit="1"/></defaults>
        <package id="none"><cpu limit="0"/><ncpu limit="0"/></package>
        <lve id="1" user="core"><cpu limit="250%"/><ncpu limit="2"/></lve>
        <lve id="2" user="speed"><cpu limit="50%"/></lve>
        <lve id="3" user="cpus"><ncpu limit="3"/></lve>
        <lve id="4" user="megahertz"><cpu limit="2ghz"/><ncpu limit="4"/></lve>
        <lve id="5" user="all"><cpu limit="100"/></lve>
        <lve id="6" user="any"><ncpu limit="0"/></lve>
        <lve id="7" user="much"><ncpu limit="18446744073709551615"/></lve>
    </lveconfig>"#;
    assert_snapshot!(made(&["lve", "--vps"], text).unwrap(), @r"
    # 7 rows, by `vhqos import lve`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # left out: NCPU 1 (it is less than CPU 25% on more than 4 CPUs: --cpus says how many there are)
    package default cpu.max=25%
    # file:3
    package none cpu.max=max

    # file:4
    host core vps=core package=default cpu.max=2cpus

    # file:5
    host speed vps=speed package=default cpu.max=0.5cpus

    # file:6
    # file:6: left out: NCPU 3 (it is less than CPU 25% on more than 12 CPUs: --cpus says how many there are)
    host cpus vps=cpus package=default cpu.max=25%

    # file:7
    # file:7: left out: SPEED 2000 MHz (--mhz says how fast a core is)
    host megahertz vps=megahertz package=default cpu.max=4cpus

    # file:8
    host all vps=all package=default cpu.max=1cpus

    # file:9
    host any vps=any package=default cpu.max=25%

    # file:10
    host much vps=much package=default cpu.max=25%
    ");
    assert_snapshot!(made(&["lve", "--vps", "--cpus", "8", "--mhz", "1000"], text).unwrap(), @r"
    # 7 rows, by `vhqos import lve`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    package default cpu.max=1cpus
    # file:3
    package none cpu.max=max

    # file:4
    host core vps=core package=default cpu.max=2cpus

    # file:5
    host speed vps=speed package=default cpu.max=0.5cpus

    # file:6
    host cpus vps=cpus package=default cpu.max=25%

    # file:7
    host megahertz vps=megahertz package=default cpu.max=2cpus

    # file:8
    host all vps=all package=default cpu.max=1cpus

    # file:9
    host any vps=any package=default cpu.max=25%

    # file:10
    host much vps=much package=default cpu.max=25%
    ");
}

#[test]
fn limits_of_io_are_of_the_package_one_by_one() {
    let text = r#"<lveconfig>
        <defaults><io limit="1024"/><iops limit="500"/></defaults>
        <lve id="1" user="alice"><io limit="2048"/></lve>
        <lve id="2" user="bob"><iops limit="0"/></lve>
        <lve id="3" user="carol"><io limit="9007199254740992"/><iops limit="9223372036854775808"/></lve>
    </lveconfig>"#;
    assert_snapshot!(made(&["lve", "--vps", "--device", "8:0"], text).unwrap(), @r"
    # 3 rows, by `vhqos import lve`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    # IO and IOPS of LVE are of reads and writes together; here each of the two gets all of it.
    package default io.max=8:0,rbps=1048576,wbps=1048576,riops=500,wiops=500

    # file:3
    host alice vps=alice package=default io.max=8:0,rbps=2097152,wbps=2097152,riops=500,wiops=500

    # file:4
    host bob vps=bob package=default io.max=8:0,rbps=1048576,wbps=1048576,riops=max,wiops=max

    # file:5
    host carol vps=carol package=default io.max=8:0,rbps=max,wbps=max,riops=max,wiops=max
    ");
}

#[test]
fn users_are_found_by_their_own_names() {
    let site = |name: &str| format!("servername: {name}.example\n");
    let files = Files::new(&[
        (
            "ve.cfg",
            r#"<lveconfig>
                <lve id="1" user="alice old"><cpu limit="1"/></lve>
                <lve id="2" user="default"><cpu limit="2"/></lve>
                <lve id="3" user="müller"><cpu limit="3"/></lve>
            </lveconfig>"#,
        ),
        ("userdata/alice old/site", &site("a")),
        ("userdata/default/site", &site("b")),
        ("userdata/müller/site", &site("c")),
    ]);
    let directory = files.directory.path().display();
    let sites = import(&format!(
        "lve --userdata {directory}/userdata {directory}/ve.cfg"
    ));
    assert_snapshot!(files.without_directory(&sites), @r"
    # 3 rows, by `vhqos import lve`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    package default

    # userdata/alice old/site:1
    host alice_old name=a.example package=default cpu.max=1%

    # userdata/default/site:1
    host default-site name=b.example package=default cpu.max=2%

    # userdata/müller/site:1
    host m_ller name=c.example package=default cpu.max=3%
    ");
    let guests = import(&format!("lve --vps {directory}/ve.cfg"));
    assert_snapshot!(files.without_directory(&guests), @r"
    # 3 rows, by `vhqos import lve`. Nothing is applied yet: look through it, save it, `vhqos apply FILE`.
    # What asks for no name of a row is the default row's: `host default cpu.weight=50`, say.

    package default

    # ve.cfg:2
    host alice_old vps=alice_old package=default cpu.max=1%

    # ve.cfg:3
    host default-site vps=default-site package=default cpu.max=2%

    # ve.cfg:4
    host m_ller vps=m_ller package=default cpu.max=3%
    ");
}

#[test]
fn a_disk_is_one_that_rows_take() {
    let is_taken = |device: &str| {
        let words = ["vhqos", "import", "lve", "--vps", "--device", device];
        Arguments::try_parse_from(words).is_ok()
    };
    assert!(["8:0", "4095:1048575"].into_iter().all(is_taken));
    let others = ["8", "8:", "8:0:1", "x:0", "4096:0", "8:1048576"];
    assert!(!others.into_iter().any(is_taken));
}

#[test]
fn what_is_wrong_is_told_by_its_place() {
    assert_snapshot!(failure("lve --passwd @lve/passwd @lve/wrong/xml"), @"vhqos: lve/wrong/xml:3: no XML: expected 'defaults' tag, not 'lveconfig' at 3:1: `lvectl` writes this file; `lvectl list --json` says the same");
    assert_snapshot!(failure("lve --passwd @lve/passwd @lve/wrong/id"), @r#"vhqos: lve/wrong/id:3: <lve id="x">: no number of a user: take it out"#);
    assert_snapshot!(failure("lve --passwd @lve/passwd @lve/wrong/cpu"), @r#"vhqos: lve/wrong/cpu:1: <cpu limit="fast">: no limit: expected a number; of cpu, also 50%, 2000mhz or 2ghz"#);
    assert_snapshot!(failure("lve --passwd @lve/passwd @lve/wrong/heading"), @"vhqos: lve/wrong/heading:1: the first column is not called ID: expected /etc/container/ve.cfg, or what `lvectl list` prints");
    assert_snapshot!(failure("lve --passwd @lve/passwd @lve/wrong/speed"), @"vhqos: lve/wrong/speed:3: SPEED x: no limit: expected a number, of memory with K, M, G or T behind it");
    assert_snapshot!(failure("lve --passwd @lve/passwd @lve/wrong/nolist"), @"vhqos: lve/wrong/nolist:1: there is no list in it, and no list called data: expected /etc/container/ve.cfg, or what `lvectl list` prints");
    assert_snapshot!(failure("lve --passwd @lve/passwd @lve/wrong/json"), @"vhqos: lve/wrong/json:3: no JSON: EOF while parsing a value at line 3 column 0: expected /etc/container/ve.cfg, or what `lvectl list` prints");
    assert_snapshot!(failure("lve --passwd @lve/passwd @lve/wrong/not-there"), @"vhqos: lve/wrong/not-there cannot be read: no such file or directory: name one that is there");
    assert_snapshot!(failure("lve --passwd @lve/not-there @lve/list"), @"vhqos: lve/not-there cannot be read: no such file or directory: name one that is there");
}
