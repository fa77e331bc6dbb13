"""How a page looks: the program's colours, dark or light as the reader's system is."""

from __future__ import annotations

LIGHT = (
    "--canvas:#F4F5F7;--panel:#FFFFFF;--raised:#FFFFFF;--field:#F3F4F7;--line:#E4E7EC;"
    "--line2:#C6CCD6;--text1:#181B21;--text2:#4A5361;--text3:#667080;--accent:#2B5FD9;"
    "--mark:#FFF4D6;--mark-text:#7A5300;--warn:#A65100;--nan:#C4205F;--inf:#6D3FC8;--edge:#7D899A;"
    "--matmul:#2878B0;--norm:#17826F;--reduce:#6A50C7;--pointwise:#56803A;--shape:#77808F;"
    "--loss:#AE4C80;--control:#8F4F78;--other:#77808F"
)
DARK = (
    "--canvas:#0E1014;--panel:#14171C;--raised:#1B1F26;--field:#1B1F26;--line:#22262E;"
    "--line2:#353C48;--text1:#E7EAF0;--text2:#A9B1BF;--text3:#8C95A5;--accent:#7AA2FF;"
    "--mark:#2C2615;--mark-text:#F2C14E;--warn:#E79A4B;--nan:#FF6B98;--inf:#BB96FF;--edge:#5F6B7D;"
    "--matmul:#62A8D8;--norm:#56B3A6;--reduce:#A592E8;--pointwise:#8DB46F;--shape:#7E8796;"
    "--loss:#D68FB3;--control:#B98AA8;--other:#7E8796"
)

DRAWING = """
.graph text{font:600 12px Inter,system-ui,sans-serif;fill:var(--text1)}
.graph .path,.graph .bad,.graph .not-run .name{font-weight:400;fill:var(--text3)}
.graph .path{font-size:11px}
.graph .shape{font:10px "JetBrains Mono",ui-monospace,monospace;fill:var(--text2)}
.graph .halo{stroke:var(--canvas);stroke-width:4px}
.graph .node>rect{fill:var(--raised);stroke:var(--line2)}
.graph .not-run>rect{fill:none;stroke-dasharray:3 3}
.graph .nan>rect{stroke:var(--nan)}.graph .inf>rect{stroke:var(--inf)}
.graph .nan .bad{fill:var(--nan)}.graph .inf .bad{fill:var(--inf)}
.graph .here>rect{stroke:var(--accent);stroke-width:1.6}
.graph .node>.ring{fill:none;stroke-width:3;stroke-opacity:.32;stroke-dasharray:none}
.graph .node>.bar{stroke:none;fill:var(--other)}
.graph .wire{fill:none;stroke:var(--edge);stroke-width:1.5}
.graph .tip{fill:var(--edge)}
.graph .match{fill:none;stroke:var(--edge);stroke-width:1;stroke-dasharray:3 3}
.graph .part{fill:none;stroke:var(--warn);stroke-width:2}
.graph .amount{font-size:11px;fill:var(--text2)}
.graph .amount.off{font-weight:600;fill:var(--warn)}
""" + "".join(
    f".graph .node>.bar.{name}{{fill:var(--{name})}}\n"
    for name in ("matmul", "norm", "reduce", "pointwise", "shape", "loss", "control")
)

PAGE = """
*{box-sizing:border-box}
body{margin:0;background:var(--canvas);color:var(--text1);
font:14px/1.55 Inter,system-ui,-apple-system,"Segoe UI",sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main{max-width:980px;margin:0 auto;padding:32px 24px 48px}
h1{font-size:24px;line-height:1.3;margin:0 0 6px}
h2{font-size:20px;line-height:1.35;margin:2px 0 10px}
h3{font-size:13px;margin:26px 0 8px}
h3.plain{margin-top:0}
p{margin:0 0 8px}
.about{color:var(--text3);margin-bottom:22px}
.kind{color:var(--text3);font-size:12px;font-weight:600;margin:0}
article,.made{background:var(--panel);border:1px solid var(--line);border-radius:10px;
padding:20px 24px 24px;margin:0 0 20px}
.advice{border-left:3px solid var(--accent);padding:2px 0 2px 12px;color:var(--text2);
margin-top:10px}
dl{display:grid;grid-template-columns:minmax(96px,max-content) 1fr;gap:4px 20px;margin:0 0 10px}
dt{color:var(--text3)}
dd{margin:0;white-space:pre-wrap}
.wide{overflow-x:auto;margin:0 0 10px}
table{border-collapse:collapse;font-size:13px}
caption{text-align:left;color:var(--text3);padding-bottom:4px}
th{font-weight:400;color:var(--text3);text-align:left}
th,td{padding:3px 18px 3px 0;border-bottom:1px solid var(--line);white-space:nowrap}
td.wrap{white-space:normal;min-width:140px}
.number{text-align:right}
td.here{background:var(--mark);color:var(--mark-text);border-radius:3px;font-weight:600;
padding-left:6px;padding-right:6px}
pre,code{font:12px/1.6 "JetBrains Mono",ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{background:var(--field);border:1px solid var(--line);border-radius:6px;margin:0 0 10px;
padding:8px 0;overflow-x:auto;overflow-wrap:normal}
pre span{display:block;padding:0 12px;min-width:max-content}
pre b{display:inline-block;width:44px;color:var(--text3);font-weight:400;user-select:none}
pre .here{background:var(--mark)}
pre.command{padding:8px 12px;white-space:pre-wrap;overflow-wrap:anywhere}
ol{list-style:none;margin:0;padding:0}
li{border-left:2px solid var(--line2);padding:0 0 10px 14px}
li.cause{border-color:var(--warn)}
li.cause .said{color:var(--warn)}
li .place,li .said{color:var(--text3)}
li .of{float:right;color:var(--text2);padding-left:12px}
figure{margin:0 0 10px;overflow-x:auto}
figure img,figure svg{display:block;max-width:100%;height:auto;border-radius:8px;
border:1px solid var(--line);background:var(--canvas)}
@media print{body{background:none}article,.made{break-inside:auto}}
"""


def sheet() -> str:
    """Of a page."""
    scheme = f":root{{color-scheme:light dark;{LIGHT}}}"
    dark = f"@media (prefers-color-scheme:dark){{:root{{{DARK}}}}}"
    return f"{scheme}\n{dark}{PAGE}{DRAWING}"


def drawing_sheet() -> str:
    """Of a drawing that is a file of its own."""
    dark = f"@media (prefers-color-scheme:dark){{:root{{{DARK}}}}}"
    return f":root{{{LIGHT}}}\n{dark}{DRAWING}"
