/*
 * look.c - how the shop's pages look: one style sheet and one picture.
 */
#include "pages.h"

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1d2433;--soft:#5b6477;--line:#d9dee8;"
    "--paper:#fff;--wash:#f4f6fa;--act:#1f5fbf;--ok:#1d7a46}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8ebf2;--soft:#a3acbf;"
    "--line:#39415180;--paper:#171b24;--wash:#10131a;--act:#7fb0ff;"
    "--ok:#6fd39b}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--wash);"
    "color:var(--ink);font:16px/1.5 system-ui,sans-serif}"
    "header,main,footer{max-width:46rem;margin:0 auto;padding:1rem}"
    "header{display:flex;gap:1rem;align-items:baseline;flex-wrap:wrap}"
    "header a{color:inherit;text-decoration:none;font-weight:600}"
    "header nav{margin-left:auto}header nav a{font-weight:400;"
    "color:var(--act)}h1{font-size:1.5rem;margin:.2rem 0 1rem}"
    "section,.card{background:var(--paper);border:1px solid var(--line);"
    "border-radius:.7rem;padding:1rem;margin:0 0 1rem}"
    "ul.goods{list-style:none;margin:0;padding:0}"
    "ul.goods li{display:flex;gap:1rem;align-items:center;flex-wrap:wrap;"
    "padding:.8rem 0;border-bottom:1px solid var(--line)}"
    "ul.goods li:last-child{border:0}ul.goods div{flex:1 1 14rem}"
    "ul.goods p{margin:0;color:var(--soft)}table{width:100%;"
    "border-collapse:collapse}td,th{text-align:left;padding:.4rem .3rem;"
    "border-bottom:1px solid var(--line)}td.n,th.n{text-align:right;"
    "white-space:nowrap}form{display:inline}label{display:block;"
    "margin:.6rem 0}input[type=text]{display:block;width:100%;"
    "max-width:24rem;font:inherit;color:inherit;background:var(--wash);"
    "border:1px solid var(--soft);border-radius:.4rem;padding:.45rem}"
    "button,.button{font:inherit;cursor:pointer;border:1px solid "
    "var(--act);border-radius:.4rem;padding:.4rem .9rem;"
    "background:var(--paper);color:var(--act);text-decoration:none;"
    "display:inline-block}button.main,.button.main{background:#1f5fbf;"
    "border-color:#1f5fbf;color:#fff}.soft{color:var(--soft)}"
    ".ok{color:var(--ok);font-weight:600}a{color:var(--act)}"
    "@media print{header nav,button,form{display:none}"
    "section{border:0}}";

static const char icon[] =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\">"
    "<rect width=\"32\" height=\"32\" rx=\"7\" fill=\"#1f5fbf\"/>"
    "<path d=\"M4 19h24l-5 6H9zM9 17l7-10 7 10z\" fill=\"#fff\"/></svg>\n";

const char *
page_style(void)
{
	return style;
}

const char *
page_icon(void)
{
	return icon;
}
