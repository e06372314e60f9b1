{#- Written from seeds/vocabulary by `make vocabulary-macros`; change the seeds. -#}

{#- Rows of roi_rewrites of one step: patterns (RE2), and what takes the place of a match. -#}
{% macro roi_rewrites(step) -%}
{{ return({
    "letters": [
        ("œ", "oe"),
        ("Œ", "OE"),
        ("æ", "ae"),
        ("Æ", "AE"),
        ("ß", "ss"),
        ("Ⅱ", "II"),
        ("Ⅲ", "III"),
        ("Ⅳ", "IV"),
        ("∩", "&"),
        ("–", "-"),
        ("—", "-"),
        ("−", "-"),
        ("’", ""),
    ],
    "lower": [
        ("[\\x27`]", ""),
        ("^(.{13}[ _.-])[lL][eE]$", "\\1left"),
        ("^(.{13}[ _.-])[rR][iI]$", "\\1right"),
        ("([Pp]re|PRE|[Pp]ost|POST)-?RT", "\\1"),
        ("c(Gy|GY)", "cgy"),
        ("([a-z])([A-Z])", "\\1 \\2"),
        ("[\\pZ\\s]+|[.]+([^0-9]|$)", " \\1"),
    ],
    "unambiguous": [
        ("(^|[^a-z])(pre|post)[ _-]*rt[ _)]*$", "\\1"),
        ("(^|[^a-z])v[ .]?[0-9]+", "\\1 "),
        ("(^|[^a-z0-9])([34])d([^a-z]|$)", "\\1\\3"),
        ("(^|[^a-z])(w ?/ ?o|no|sin)[ _-]*([cgip]tv)", "\\1 minus \\3"),
        ("(^|[^a-z])(plus|mas)([^a-z]|$)", "\\1 + \\3"),
        ("space[ _-]*oar", "spaceoar"),
        ("(3rd|third|4th|fourth)[ _-]*(ventric)", "brain \\2"),
        ("(^|[^a-z])lk([ _-]*(li|re|links|rechts)([^a-z]|$))", "\\1ln\\2"),
        ("(avoid|avoidance)[ _-]*(zone|region|area)", "\\1"),
        ("(low|high|int|intermediate|medium|std|standard)[ _-]*risk", " "),
        ("outer[ _-]*(contour|outline|body|skin)", " \\1"),
        ("(gtv|ctv|ptv|prv)", " \\1 "),
        ("(^|[^a-z])(lt?|rt?|left|right)[ _-]*pros([^a-z]|$)", "\\1\\2 prosthesis\\3"),
    ],
    "spelled_out": [
        ("(^|[^a-z])eye[ _-]*a([lr])([^a-z]|$)", "\\1eye anterior \\2\\3"),
        ("(^|[^a-z])eye[ _-]*p([lr])([^a-z]|$)", "\\1eye posterior \\2\\3"),
        ("eye[ _-]*front", "eye anterior"),
        ("eye[ _-]*back", "eye posterior"),
        ("(^|[^a-z])sp(l|inal)?[ _.-]*c(rd|ord|anal)", "\\1spinal c\\3"),
        ("(brachial|sacral|lumbosacral|lumbar)[ _.-]*plx?([^a-z]|$)", "\\1 plexus\\2"),
        ("(^|[^a-z])a[ _]lm([^a-z]|$)", "\\1artery lmca\\2"),
        ("air[ _-]ways?", "airway"),
        ("([gcp]tv[a-z0-9]*)[ _.-]*lk([^a-z]|$)", "\\1 ln\\2"),
        ("[ _.-]+c[0-9]0( ?%)?[ _.-]*$", ""),
        ("[ _.-]+t(00?|[2-9]0)( ?%)?[ _.-]*$", ""),
    ],
    "joined": [
        ("card[ _.-]*tv", "cardtv"),
        ("([a-z])[ _.-]+sin[ _.-]*$", "\\1 sinistra"),
        ("(^|[^a-z])bulbus[ _.-]*(re|li|rechts|links|dx|sin|sx|[rl])([^a-z]|$)", "\\1augapfel \\2\\3"),
        ("(^|[^a-z])cn[ _-]*(sa|av)([^a-z]|$)", "\\1\\2n\\3"),
        ("(^|[^a-z])(sa|av)[ _-]*node([^a-z]|$)", "\\1\\2n\\3"),
        ("^(heart[^a-z]*)la([^a-z]*)$", "\\1left atrium\\2"),
        ("(^|[^a-z])(levels?|lev|lvl|niv|niveau|neck|ln)[ _.-]*iva([^a-z]|$)", "\\1\\2 4a\\3"),
        ("(^|[^a-z])(levels?|lev|lvl|niv|niveau|neck|ln)[ _.-]*via([^a-z]|$)", "\\1\\2 6a\\3"),
        ("(eustachian|fallopian|uterine)[ _-]*tube", "\\1"),
        ("(pcm|constrict[a-z]*)[ _-]*low([^a-z]|$)", "\\1 lower \\2"),
    ],
    "text": [
        ("(^|[^a-z])(i|hr|ir) +(gtv|ctv|ptv) ", "\\1 \\2\\3 "),
        ("(^|[^a-z])itv", "\\1 itv "),
        ("(tv|prv) +s([^a-z0-9]|$)", "\\1 \\2"),
        ("(^|[^a-z])(sous|sus|para|retro|peri|supra|infra|naso|oro|hypo|meso)[ _-]+([a-z])", "\\1\\2\\3"),
        ("(^|[^a-z])sub[ _-]+(mand|ling|clav|max|carin|ment|pect|cut)", "\\1sub\\2"),
        ("pre[ -]?dose", "predose"),
        ("follow[ -]?up", "followup"),
        ("post[ -]?chemotherapy", "postchemotherapy"),
        ("h *& *n([^a-z]|$)", " headneck \\1"),
        ("([0-9]),([0-9])", "\\1.\\2"),
        ("([0-9])o( ?gy)", "\\10\\2"),
    ],
    "parted_sides": [
        ("좌골", "궁둥뼈"),
        ("(左右|[両两兩雙双左右])[側侧]?", " \\1 "),
        ("(^|[^\\p{Hangul}])(좌측|우측|양측|왼쪽|오른쪽|양쪽|좌|우)", "\\1\\2 "),
    ],
}[step]) }}
{%- endmacro %}

{#- Words of roi_target_words that tell this, as alternatives of a pattern; only those with this
    value, if one is given. -#}
{% macro roi_target_words(tells, value=none) -%}
{{ return({
    "alone": "gtv|igtv|tumor|tumorbed|boost|hrctv|irctv",
    "numbered": "tumor|lesion|met",
    "part": "p|t|prim|primary|primaire|tumor|tumour|prostate|n|ln|lnx|lnn|node|nodes|nodal|nod|gg|lymph|lns|m|sb|par|v|vas",
    "part n": "n|ln|lnx|lnn|node|nodes|nodal|nod|gg|lymph|lns",
    "part p": "p|t|prim|primary|primaire|tumor|tumour|prostate",
    "part_before": "ln|lns|node|nodes|nodal",
    "part_before n": "ln|lns|node|nodes|nodal",
    "type": "gtv|ctv|ptv|itv|igtv|ictv|iptv|hrctv|irctv|ivtv",
    "type_by_concept": "tumor|tumorbed",
    "type_by_concept GTV": "tumor|tumorbed",
}[tells ~ (' ' ~ value if value else '')]) }}
{%- endmacro %}
