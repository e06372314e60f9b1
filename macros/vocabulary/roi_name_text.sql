{#- The first 200 characters of a ROIName without accents and ligatures. -#}
{% macro roi_name_folded(expr) -%}
{%- set name = namespace(text=rtstruct.unaccent('substr(' ~ expr ~ ', 1, 200)')) -%}
{%- for ligature, letters in [
    ('œ', 'oe'), ('Œ', 'oe'), ('æ', 'ae'), ('Æ', 'ae'), ('ß', 'ss'), ('ø', 'o'), ('Ø', 'o'), ('ł', 'l'),
    ('–', '-'), ('—', '-'), ('−', '-'), ('’', ''), ('`', ''),
] -%}
    {%- set name.text = "replace(" ~ name.text ~ ", '" ~ ligature ~ "', '" ~ letters ~ "')" -%}
{%- endfor -%}
{{ name.text }}
{%- endmacro %}

{#- The folded name as plain lower-case words: camelCase parted; target words and PRV set free of what is glued
    to them (`CTVn60L`, `inPTVhigh`, `stemPRV`); prefixes joined with their word; phrases that only mean
    something as a whole; decimal commas; the letter O typed for zero in a dose. -#}
{% macro roi_name_text(folded) -%}
{%- set name = namespace(text=folded) -%}
{%- for pattern, replacement in [
    ('[\\x27]', ''),
    ('c(Gy|GY)', 'cgy'),
    ('([a-z])([A-Z])', '\\1 \\2'),
] -%}
    {%- set name.text = rtstruct.regex_replace(name.text, pattern, replacement) -%}
{%- endfor -%}
{%- set name.text = 'lower(' ~ name.text ~ ')' -%}
{%- for pattern, replacement in [
    ('(gtv|ctv|ptv|prv)', ' \\1 '),
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
] -%}
    {%- set name.text = rtstruct.regex_replace(name.text, pattern, replacement) -%}
{%- endfor -%}
{{ name.text }}
{%- endmacro %}
