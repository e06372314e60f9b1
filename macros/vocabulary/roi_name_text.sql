{#- The first 200 characters of a ROIName without accents and ligatures. Most names are plain ASCII: they stay. `vä`
    is left in Swedish; without its accent it would be a level of the neck. -#}
{% macro roi_name_folded(expr) -%}
{%- set start = 'substr(' ~ expr ~ ', 1, 200)' -%}
{%- set sided = rtstruct.regex_replace(start, '(^|[ _.-])[vV](ä|Ä|[aA]\\x{0308})([ _.-]|$)', '\\1vst\\3') -%}
{%- set name = namespace(text=rtstruct.unaccent(sided)) -%}
{%- for ligature, letters in [
    ('œ', 'oe'), ('Œ', 'OE'), ('æ', 'ae'), ('Æ', 'AE'), ('ß', 'ss'), ('Ⅱ', 'II'), ('Ⅲ', 'III'), ('Ⅳ', 'IV'),
    ('∩', '&'), ('–', '-'), ('—', '-'), ('−', '-'), ('’', ''),
] -%}
    {%- set name.text = "replace(" ~ name.text ~ ", '" ~ ligature ~ "', '" ~ letters ~ "')" -%}
{%- endfor -%}
case
    when {{ rtstruct.regex_match(start, '[^\\x01-\\x7f]') }}
        then {{ rtstruct.roi_name_plain_letters(name.text) }}
    else {{ start }}
end
{%- endmacro %}

{#- The folded name in lower case, camelCase parted. A side that was cut off at the 16th character, where some
    systems end a name, is a side; the RT of `PreRT` is none. -#}
{% macro roi_name_lower(folded) -%}
{{ return('lower(' ~ rtstruct.replace_each(folded, [
    ('[\\x27`]', ''),
    ('^(.{13}[ _.-])[lL][eE]$', '\\1left'),
    ('^(.{13}[ _.-])[rR][iI]$', '\\1right'),
    ('([Pp]re|PRE|[Pp]ost|POST)-?RT', '\\1'),
    ('c(Gy|GY)', 'cgy'),
    ('([a-z])([A-Z])', '\\1 \\2'),
    ('[\\pZ\\s]+|[.]+([^0-9]|$)', ' \\1'),
]) ~ ')') }}
{%- endmacro %}

{#- The lower-case name without what has letters that look like sides or words and are none: `post RT`, `4D`,
    versions, `Rt Pros` (a prosthesis), risk groups. -#}
{% macro roi_name_unambiguous(lowered) -%}
{{ return(rtstruct.replace_each(lowered, [
    ('(^|[^a-z])(pre|post)[ _-]*rt[ _)]*$', '\\1'),
    ('^[ _z]*(v[ _]?[0-9]{2,3}|r[ _]?50|r[ _]?100)( ?%)?[ _]*$', 'isodose'),
    ('(^|[^a-z])v[ .]?[0-9]+', '\\1 '),
    ('(^|[^a-z0-9])([34])d([^a-z]|$)', '\\1\\3'),
    ('(^|[^a-z])(w ?/ ?o[ _-]*|no[ _-]*|sin[ _]*)([cgip]tv)', '\\1 minus \\3'),
    ('(^|[^a-z])lv[ .]*([0-9])', '\\1level \\2'),
    ('(^|[^a-z])([lr])[ _-]*([0-9]{1,2}(st|nd|rd|th)[^a-z])', '\\1\\2t \\3'),
    ('(^|[^a-z])(plus|mas)([^a-z]|$)', '\\1 + \\3'),
    ('space[ _-]*oar', 'spaceoar'),
    ('(3rd|third|4th|fourth)[ _-]*(ventric)', 'brain \\2'),
    ('(^|[^a-z])lk([ _-]*(li|re|links|rechts)([^a-z]|$))', '\\1ln\\2'),
    ('(avoid|avoidance)[ _-]*(zone|region|area)', '\\1'),
    ('(low|high|int|intermediate|medium|std|standard)[ _-]*risk', ' '),
    ('outer[ _-]*(contour|outline|body|skin)', ' \\1'),
    ('(gtv|ctv|ptv|prv)', ' \\1 '),
    ('(^|[^a-z])(lt?|rt?|left|right)[ _-]*pros([^a-z]|$)', '\\1\\2 prosthesis\\3'),
])) }}
{%- endmacro %}

{#- Abbreviations of two words, which a sign or a capital may part, joined or spelled out: `Opt.chiasm`, `Spl Crd`,
    `Sacral Pl`, `Eye_AL` (the anterior part of the left eye). -#}
{% macro roi_name_spelled_out(unambiguous) -%}
{{ return(rtstruct.replace_each(unambiguous, [
    ('(^|[^a-z])eye[ _-]*a([lr])([^a-z]|$)', '\\1eye anterior \\2\\3'),
    ('(^|[^a-z])eye[ _-]*p([lr])([^a-z]|$)', '\\1eye posterior \\2\\3'),
    ('eye[ _-]*front', 'eye anterior'),
    ('eye[ _-]*back', 'eye posterior'),
    ('(^|[^a-z])sp(l|inal)?[ _.-]*c(rd|ord|anal)', '\\1spinal c\\3'),
    ('(brachial|sacral|lumbosacral|lumbar)[ _.-]*plx?([^a-z]|$)', '\\1 plexus\\2'),
    ('(^|[^a-z])a[ _]lm([^a-z]|$)', '\\1artery lmca\\2'),
    ('air[ _-]ways?', 'airway'),
    ('(cord|canal|stem|brain|prostat[a-z]*|rectum|bladder)[ _.-]+t[12]w?[ _.-]*$', '\\1'),
    ('(^|[^a-z])op[ _.-]*n([ _.-]*[lr]?[ _.-]*|[ _.-]+(left|right|lt|rt).*)$', '\\1optic nerve\\2'),
    ('(^|[^a-z])or[ _.-]*cav', '\\1oral cav'),
    ('crico[ _.-]*ph?([^a-z]|$)', 'cricopharyngeus\\1'),
    ('non[ _.-]*adj', 'nonadj'),
    ('cervix[ _.-]+of[ _.-]+(the[ _.-]+)?uterus', 'cervix'),
    ('(^|[^a-z])ss[ _.-]+max', '\\1sousmax'),
    ('(^|[^a-z])(sup|infra)[ _.-]*clav', '\\1\\2clav'),
    ('([gcp]tv[a-z0-9]*)[ _.-]*lk([^a-z]|$)', '\\1 ln\\2'),
    ('[ _.-]+c[0-9]0( ?%)?[ _.-]*$', ''),
    ('[ _.-]+t(00?|[2-9]0)( ?%)?[ _.-]*$', ''),
])) }}
{%- endmacro %}

{#- The same, further: sides of muscles and bulbs, nodes of the heart, Roman levels with a letter. A step of its own,
    as each replacement nests one deeper. -#}
{% macro roi_name_joined(spelled) -%}
{{ return(rtstruct.replace_each(spelled, [
    ('card[ _.-]*tv', 'cardtv'),
    ('([a-z])[ _.-]+sin([ _.-]*$|[ _]*-)', '\\1 sinistra\\2'),
    ('(^|[^a-z])bulbus[ _.-]*(re|li|rechts|links|dx|sin|sx|[rl])([^a-z]|$)', '\\1augapfel \\2\\3'),
    ('(^|[^a-z])cn[ _-]*(sa|av)([^a-z]|$)', '\\1\\2n\\3'),
    ('(^|[^a-z])(sa|av)[ _-]*node([^a-z]|$)', '\\1\\2n\\3'),
    ('^(heart[^a-z]*)la([^a-z]*)$', '\\1left atrium\\2'),
    ('(^|[^a-z])(levels?|lev|lvl|niv|niveau|neck|ln)[ _.-]*iva([^a-z]|$)', '\\1\\2 4a\\3'),
    ('(^|[^a-z])(levels?|lev|lvl|niv|niveau|neck|ln)[ _.-]*via([^a-z]|$)', '\\1\\2 6a\\3'),
    ('(eustachian|fallopian|uterine)[ _-]*tube', '\\1'),
    ('(pcm|constrict[a-z]*)[ _-]*low([^a-z]|$)', '\\1 lower \\2'),
])) }}
{%- endmacro %}

{#- The name as plain words: target words and PRV set free of what is glued to them (`CTVn60L`, `inPTVhigh`,
    `stemPRV`); prefixes joined with their word; phrases that only mean something as a whole; decimal commas; the
    letter O typed for zero in a dose. -#}
{% macro roi_name_text(unambiguous) -%}
{{ return(rtstruct.replace_each(unambiguous, [
    ('(^|[^a-z])(i|hr|ir) +(gtv|ctv|ptv) ', '\\1 \\2\\3 '),
    ('(^|[^a-z])itv', '\\1 itv '),
    ('(tv|prv) +s([^a-z0-9]|$)', '\\1 \\2'),
    ('(^|[^a-z])(sous|sus|para|retro|peri|supra|infra|naso|oro|hypo|meso)[ _-]+([a-z])', '\\1\\2\\3'),
    ('(^|[^a-z])sub[ _-]+(mand|ling|clav|max|carin|ment|pect|cut)', '\\1sub\\2'),
    ('pre[ -]?dose', 'predose'),
    ('follow[ -]?up', 'followup'),
    ('post[ -]?chemotherapy', 'postchemotherapy'),
    ('h *& *n([^a-z]|$)', ' headneck \\1'),
    ('([0-9]),([0-9])', '\\1.\\2'),
    ('([0-9])o( ?gy)', '\\10\\2'),
])) }}
{%- endmacro %}

{#- One replacement after the other. -#}
{% macro replace_each(expr, replacements) -%}
{%- set name = namespace(text=expr) -%}
{%- for pattern, replacement in replacements -%}
    {%- set name.text = rtstruct.regex_replace(name.text, pattern, replacement) -%}
{%- endfor -%}
{{ return(name.text) }}
{%- endmacro %}
