/** Shades of the confusion matrix, from `0` (no clips) to `9` (all clips of the class). */
const SHADES = Array.from({ length: 9 }, (_, i) => i + 1)
  .flatMap((level) =>
    ['hit', 'miss'].map(
      (kind) =>
        `.matrix .${kind}${level}{background:color-mix(in srgb,var(--${kind}) ${8 + level * 8}%,transparent)}`,
    ),
  )
  .join('\n');

/** The style sheet: light and dark by the reader's preference, readable on a telephone and on paper. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fcfcfb;--card:#fff;--ink:#1c2024;--soft:#5a6169;--line:#e2e4e7;--link:#0b57b5;
--s1:#1f6fd1;--s2:#c2410c;--s3:#0f8a5f;--s4:#8b46c9;--s5:#a16207;--s6:#be185d;--hit:#1f6fd1;--miss:#d4380d;--bad:#d4380d;--warn:#b3300b}
@media (prefers-color-scheme:dark){:root{--bg:#121417;--card:#1a1d21;--ink:#e8eaed;--soft:#a3abb5;--line:#30353c;--link:#7db4ff;
--s1:#6aa9ff;--s2:#ff9d5c;--s3:#4ccf9b;--s4:#c79bff;--s5:#e5b94e;--s6:#ff8fc0;--hit:#2c63b5;--miss:#b5431a;--bad:#ff7a45;--warn:#ff9d75}}
*{box-sizing:border-box}
html{scroll-padding-top:3.5rem}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;overflow-wrap:anywhere}
header,main,footer,nav ul{max-width:76rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem}
h1,h2,h3,h4{line-height:1.2;text-wrap:balance}
h1{font-size:2rem;margin:0 0 1rem;letter-spacing:-.02em}
h2{font-size:1.5rem;margin:2.5rem 0 .5rem}
h3{font-size:1.25rem;margin:2rem 0 1rem;padding-bottom:.4rem;border-bottom:1px solid var(--line)}
h4{font-size:1.05rem;margin:1.5rem 0 .5rem}
summary h4{display:inline;margin:0}
a{color:var(--link);text-underline-offset:.15em}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:2px}
.brand{margin:0;color:var(--soft);font-size:.85rem;letter-spacing:.06em;text-transform:uppercase}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;z-index:3;background:var(--card);padding:.4rem .8rem}
nav{position:sticky;top:0;z-index:2;background:var(--bg);border-bottom:1px solid var(--line)}
nav ul{display:flex;gap:1.4rem;list-style:none;padding-top:.65rem;padding-bottom:.65rem;overflow-x:auto}
nav li{flex:none;max-width:18rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
nav a{text-decoration:none;font-weight:600}
nav a:hover{text-decoration:underline}
main:focus{outline:none}
article:only-child>.run{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.note,.under,footer{color:var(--soft);font-size:.9rem}
.note{max-width:46rem;margin:.4rem 0 1rem}
footer{margin-top:3rem;padding-bottom:2rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:1rem;margin:1rem 0 1.5rem}
.card,figure{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.15rem}
.card dt{font-weight:600}
.card dd{margin:0}
.card strong{font-size:1.9rem;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
figure{margin:1rem 0}
figcaption{font-weight:600;margin-bottom:.5rem}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1rem;align-items:start}
.pair figure{margin:0}
.stack{display:grid;grid-template-columns:minmax(0,1fr);gap:1rem}
.plot{display:block;overflow:visible;width:100%;max-width:36rem;height:auto}
.plot text,.plot tspan{white-space:pre}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;margin:0 0 .5rem;padding:0;font-size:.9rem}
.key::before{content:"";display:inline-block;width:.75em;height:.75em;border-radius:50%;background:currentColor;margin-right:.45em}
.key{color:var(--ink)}
.s1::before{background:var(--s1)}.s2::before{background:var(--s2)}.s3::before{background:var(--s3)}
.s4::before{background:var(--s4)}.s5::before{background:var(--s5)}.s6::before{background:var(--s6)}
.scroll{overflow-x:auto;margin:.75rem 0}
.beside{display:flex;flex-wrap:wrap;gap:0 2rem;align-items:flex-start}
.beside>*{flex:0 1 auto;max-width:100%}
table{overflow-wrap:break-word;border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.92rem}
caption{text-align:left;color:var(--soft);font-size:.85rem;padding-bottom:.3rem}
th,td{padding:.32rem .8rem .32rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th[scope=row]{font-weight:500}
thead th{color:var(--soft);font-weight:600;font-size:.85rem;vertical-align:bottom}
.number{text-align:right;white-space:nowrap}
td small{color:var(--soft);margin-left:.3rem}
abbr{text-decoration:none}
.scroll th.text,.scroll td.text{min-width:5.5rem;max-width:30rem}
.matrix th,.matrix td{padding:0;border:1px solid var(--bg);text-align:center;min-width:2.1rem;height:1.9rem;vertical-align:middle}
.matrix td{background:color-mix(in srgb,var(--ink) 3%,transparent);font-size:.85rem;color:var(--ink)}
.matrix td.hit0,.matrix td.miss0{color:var(--soft)}
.matrix td.hit0{outline:1px dashed var(--line);outline-offset:-3px}
.matrix th[scope=row]{text-align:left;padding-right:.8rem;white-space:nowrap;max-width:16rem;overflow:hidden;text-overflow:ellipsis;background:var(--card);position:sticky;left:0}
.matrix .index{display:inline-block;min-width:1.6em;color:var(--soft)}
.matrix a{display:block;line-height:1.9rem;color:inherit;font-weight:700}
${SHADES}
fieldset{border:0;margin:0;padding:0;display:flex;gap:1rem;font-size:.9rem}
legend{float:left;margin-right:1rem;color:var(--soft)}
.confusion .share{display:none}
.confusion:has(.shares:checked) .share{display:inline}
.confusion:has(.shares:checked) .count{display:none}
.list{display:none;border-left:3px solid var(--link);padding-left:1rem;margin:1rem 0}
.list:target{display:block}
.clips .list table caption{color:var(--ink);font-weight:600;font-size:1rem}
.cards-of-clips{list-style:none;margin:0 0 1.5rem;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr));gap:1rem}
li.clip{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.8rem 1rem 1rem;min-width:0;display:flex;flex-direction:column}
.clip:target{outline:2px solid var(--link);outline-offset:2px}
.clip h5{margin:0;font-size:.95rem;line-height:1.3}
.clip .under{margin:0 0 .5rem;font-size:.82rem}
h4 .note{font-weight:400}
.sound{position:relative;cursor:pointer;border-radius:6px;overflow:hidden;background:#000004}
.sound .waveform{display:block;width:100%;height:2.6rem;background:color-mix(in srgb,var(--s1) 8%,var(--card));fill:var(--s1)}
.sound .spectrogram{display:block;width:100%;height:5.5rem;image-rendering:auto}
.sound .now{position:absolute;top:0;bottom:0;width:2px;margin-left:-1px;background:#fff;mix-blend-mode:difference}
audio{display:block;width:100%;height:2.4rem;margin:.5rem 0}
td audio{width:15rem;margin:0;height:2rem}
.scores{margin:auto 0 0;font-size:.85rem}
.scores div{display:grid;grid-template-columns:1fr 7.5rem;gap:.6rem;align-items:center;padding:.1rem 0}
.scores dt{min-width:0;overflow-wrap:anywhere;line-height:1.25}
.scores dd{margin:0;display:flex;gap:.5rem;align-items:center;font-variant-numeric:tabular-nums}
.scores .bar{flex:1;height:.5rem;background:color-mix(in srgb,var(--ink) 8%,transparent);border-radius:3px}
.bar rect{fill:var(--soft)}.hit .bar rect{fill:var(--s1)}.miss .bar rect{fill:var(--bad)}
.tag{font-size:.75rem;border:1px solid currentColor;border-radius:4px;padding:0 .3em;white-space:nowrap;color:var(--soft)}
.hit .tag{color:var(--link)}.miss .tag{color:var(--warn)}
details{margin:.6rem 0}
details.split{border:1px solid var(--line);border-radius:10px;padding:.7rem 1.15rem;margin:1rem 0}
summary{cursor:pointer;padding:.15rem 0}
pre{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;overflow-x:auto;font-size:.85rem}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.digest{font-size:.8rem}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:.25rem 2rem;margin:0}
.facts div{display:flex;gap:.8rem}
.facts dt{color:var(--soft);flex:0 0 7.5rem}
.facts dd{margin:0}
.graph img{max-width:none;display:block}
.status{font-weight:600}
.status.hit,.status.cached{color:var(--soft);font-weight:400}
.status.failed,.warning{color:var(--warn)}
@media (max-width:34rem){.plot{font-size:15.5px}h1{font-size:1.5rem}header,main,footer,nav ul{padding-left:.9rem;padding-right:.9rem}
figure,.card,details.split{padding:.8rem}.facts div{display:block}.facts dd{margin-bottom:.4rem}}
@media print{nav,.skip,fieldset,audio{display:none}:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc}
figure,.card,tr{break-inside:avoid}.scroll{overflow:visible}a{color:inherit;text-decoration:none}.graph img{max-width:100%}}
`;
