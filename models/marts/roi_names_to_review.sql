with names as (
    select * from {{ ref('int_roi_names__to_review') }}
),

words as (
    select
        word,
        name_count,
        ROISeriesCount as word_ROISeriesCount
    from {{ ref('roi_words_to_review') }}
),

name_words as (
    select
        names.ROIName,
        word
    from {{ rtstruct.unnested('names', word="split(names.unread, ' ')") }}
    where names.unread is not null
),

-- Of the unread words of a name, the one that stands in most names.
best_words as (
    select
        ROIName,
        word,
        name_count,
        word_ROISeriesCount
    from (
        select
            name_words.ROIName,
            words.word,
            words.name_count,
            words.word_ROISeriesCount,
            row_number() over (
                partition by name_words.ROIName
                order by words.word_ROISeriesCount desc, words.word asc
            ) as place
        from name_words
        inner join words on name_words.word = words.word
    ) as ranked
    where place = 1
),

final as (
    select
        names.ROIName,
        names.ROISeriesCount,
        names.collection_count,
        names.review_reason,
        names.roi_class,
        names.structure,
        names.laterality,
        names.match_rule,
        names.confidence,
        names.candidates,
        names.unread,
        names.conflict,
        names.repeats_ROIName,
        best_words.word as review_word,
        coalesce(best_words.name_count, 1) as resolved_name_count,
        coalesce(best_words.word_ROISeriesCount, names.ROISeriesCount) as resolved_ROISeriesCount,
        {{ idc_version() }}
    from names
    left join best_words on names.ROIName = best_words.ROIName
)

select * from final
