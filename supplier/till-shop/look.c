/*
 * look.c - how the shop's pages look: one style sheet and one picture.
 */
#include "pages.h"

static const char style[] =
    ":root{color-scheme:light "
    "dark;--ink:#182033;--soft:#566075;--line:#e1e5ed;\n"
    "--edge:#78829a;--paper:#fff;--wash:#f1f3f8;--tint:#e9f0fc;--act:#1f5fbf;\n"
    "--fill:#1f5fbf;--high:#184d9c;--ok:#1a6e3f;--focus:#b3480c;\n"
    "--shade:0 1px 2px rgb(24 32 51/6%),0 12px 32px rgb(24 32 51/7%)}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e9ecf4;--soft:#a6b0c5;\n"
    "--line:#2c3446;--edge:#77829b;--paper:#191e29;--wash:#0f131b;--tint:#"
    "1d2a41;\n"
    "--act:#8fb8ff;--fill:#2b6fd6;--high:#245fb8;--ok:#74d6a0;--focus:#ffb38a;"
    "\n"
    "--shade:0 0 0 1px var(--line)}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;min-height:100vh;background:var(--wash);color:var(--ink);\n"
    "font:1.0625rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto "
    "Sans',\n"
    "'Liberation Sans',sans-serif;overflow-wrap:anywhere}\n"
    "header,main{max-width:50rem;margin:0 auto;padding:1rem}\n"
    "header{display:flex;gap:1rem;align-items:center;padding-top:1.5rem}\n"
    "header a{display:flex;gap:.625rem;align-items:center;min-height:2.75rem;\n"
    "color:inherit;font-weight:650;text-decoration:none}\n"
    "header img{width:1.75rem;height:1.75rem}\n"
    "header nav{margin-left:auto}\n"
    "header nav a{padding:0 "
    "1.125rem;border-radius:2rem;background:var(--tint);\n"
    "color:var(--act);font-weight:550;white-space:nowrap}\n"
    "h1{margin:.25rem 0 1rem;font-size:clamp(1.5rem,1.25rem + 1.2vw,2rem);\n"
    "font-weight:680;line-height:1.2;letter-spacing:-.015em}\n"
    "h2{margin:0 0 .75rem;font-size:1.1875rem;line-height:1.3}\n"
    "section{margin:0 0 1rem;padding:clamp(1.125rem,4vw,1.75rem);\n"
    "border-radius:1rem;background:var(--paper);box-shadow:var(--shade)}\n"
    "section>:first-child{margin-top:0}section>:last-child{margin-bottom:0}\n"
    "a{color:var(--act);text-underline-offset:.15em}\n"
    ":focus-visible{outline:3px solid var(--focus);outline-offset:2px}\n"
    "ul.goods{margin:-.5rem 0;padding:0;list-style:none}\n"
    "ul.goods li{display:grid;grid-template-columns:1fr auto;\n"
    "gap:.75rem .875rem;align-items:baseline;padding:1.125rem 0;\n"
    "border-top:1px solid var(--line)}\n"
    "ul.goods li:first-child{border:0}\n"
    "ul.goods li>:last-child{grid-column:1/-1;display:flex;gap:.5rem}\n"
    "ul.goods p{margin:0;color:var(--soft);font-size:.9375rem}\n"
    ".price{font-weight:650;font-variant-numeric:tabular-nums;white-space:"
    "nowrap}\n"
    "@media(min-width:44rem){ul.goods "
    "li{column-gap:1.25rem;align-items:center;\n"
    "grid-template-columns:1fr auto auto}\n"
    "ul.goods li>:last-child{grid-column:auto}}\n"
    "ul.files{margin:1rem 0;padding:0;list-style:none}\n"
    "ul.files li{border-top:1px solid var(--line)}\n"
    "ul.files a{display:block;padding:.75rem 0;font-weight:550}\n"
    "table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-"
    "nums}\n"
    "td,th{padding:.625rem .75rem .625rem 0;text-align:left;\n"
    "vertical-align:baseline}\n"
    "tr+tr{border-top:1px solid var(--line)}\n"
    "tr:first-child th{padding-top:0;color:var(--soft);font-size:.875rem;\n"
    "font-weight:400}\n"
    "td.n,th.n{text-align:right;white-space:nowrap}\n"
    "td:last-child,th:last-child{padding-right:0}\n"
    "form{display:inline}\n"
    "label{display:block;margin:0 0 1rem;font-weight:600}\n"
    "input[type=text]{display:block;width:100%;max-width:26rem;min-height:3rem;"
    "\n"
    "margin-top:.3125rem;padding:.5rem .875rem;border:1px solid var(--edge);\n"
    "border-radius:.625rem;background:var(--paper);color:inherit;font:inherit;"
    "font-weight:400}"
    "\n"
    "button,.button{display:inline-block;min-height:2.75rem;padding:.55rem "
    "1.125rem;\n"
    "border:1px solid var(--edge);border-radius:.625rem;background:0 0;\n"
    "color:var(--act);font:inherit;line-height:1.4;text-decoration:none;\n"
    "cursor:pointer}\n"
    "button:hover,.button:hover{background:var(--tint)}\n"
    "button.main,.button.main{border-color:var(--fill);background:var(--fill);"
    "\n"
    "color:#fff;font-weight:600}\n"
    "button.main:hover,.button.main:hover{background:var(--high)}\n"
    "td button{display:block;margin-top:.375rem;padding:.25rem .75rem;\n"
    "min-height:2.25rem;font-size:.9375rem}\n"
    ".soft{color:var(--soft);font-size:.9375rem}\n"
    ".ok{color:var(--ok);font-size:1.125rem;font-weight:650}\n"
    "@media "
    "print{:root{color-scheme:light;--ink:#000;--soft:#333;--paper:#fff;\n"
    "--shade:none}@page{margin:2cm}body{background:0 0;font-size:11pt}\n"
    "header,main{max-width:none;padding:0}header{margin-bottom:1.5rem}\n"
    "header nav,button,form,.button{display:none}section{padding:0}}\n";

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
