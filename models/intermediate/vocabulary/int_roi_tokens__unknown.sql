with tokens as (
    select distinct token
    from {{ ref('int_roi_names__tokens') }}
    where {{ rtstruct.regex_match('token', rtstruct.roi_word_pattern()) }}
),

forms as (
    select distinct form
    from {{ ref('int_roi_words__forms') }}
),

final as (
    select tokens.token
    from tokens
    left join forms on tokens.token = forms.form
    where
        forms.form is null
        and length(tokens.token) <= 40
        and (
            length(tokens.token) >= 3
            or {{ rtstruct.regex_match('tokens.token', rtstruct.roi_syllabic_pattern()) }}
        )
)

select * from final
