-- Every row of the vocabulary tells where it comes from and which version brought it.
with versions as (
    select vocabulary_version from {{ ref('vocabulary_versions') }}
),

rule_rows as (
    {% for seed in [
        'roi_words', 'roi_concepts', 'roi_phrases', 'roi_role_marks', 'roi_class_rules',
        'roi_structures', 'roi_structure_parents', 'roi_numbered_structures', 'roi_side_forms',
        'tg263_names', 'roi_structure_codes', 'roi_role_codes', 'roi_side_codes', 'roi_errata',
        'roi_overrides', 'roi_context_words', 'roi_glueable_words', 'roi_structure_families',
        'roi_interpreted_types', 'roi_shape_traits', 'roi_rewrites', 'roi_target_words',
    ] -%}
    select distinct
        '{{ seed }}' as seed,
        provenance,
        vocabulary_version
    from {{ ref(seed) }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

final as (
    select rule_rows.*
    from rule_rows
    left join versions on rule_rows.vocabulary_version = versions.vocabulary_version
    where rule_rows.provenance is null or versions.vocabulary_version is null
)

select * from final
