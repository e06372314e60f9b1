-- The registry as of commit 876d509.
create table runs (
    run_id varchar primary key,
    command varchar not null,
    parameters varchar not null,
    software_version varchar not null,
    started timestamptz not null,
    ended timestamptz,
    outcome varchar,
    done bigint,
    partial bigint,
    failed bigint,
    skipped bigint,
    masks bigint,
    points bigint,
);
create table conversions (
    conversion_id varchar primary key,
    run_id varchar not null,
    task_id varchar not null,
    collection_id varchar,
    PatientID varchar,
    StudyInstanceUID varchar,
    SeriesInstanceUID varchar not null,
    SOPInstanceUID varchar not null,
    structure_set_key varchar not null,
    referenced_SeriesInstanceUID varchar,
    evidence varchar,
    parameters_hash varchar not null,
    parameters varchar not null,
    output_folder varchar not null,
    status varchar not null check (status in ('done', 'partial', 'failed', 'skipped')),
    error_code varchar,
    message varchar,
    seconds double not null,
    attempt bigint not null,
    registered timestamptz not null,
    input_hash varchar,
    software_version varchar not null,
    crdc_series_uuid varchar,
    image_crdc_series_uuid varchar,
    license_short_name varchar,
    source_DOI varchar,
    image_license_short_name varchar,
    image_source_DOI varchar,
    effective_license varchar,
);
create table masks (
    conversion_id varchar not null,
    collection_id varchar,
    PatientID varchar,
    SeriesInstanceUID varchar not null,
    SOPInstanceUID varchar not null,
    referenced_SeriesInstanceUID varchar,
    ROINumber bigint not null,
    ROIName varchar,
    structure varchar,
    laterality varchar,
    path varchar not null,
    format varchar not null,
    label integer,
    file_size bigint not null,
    sha256 varchar not null,
    voxel_count bigint not null,
    mask_volume_mL double not null,
    contour_volume_mL double,
    i_min integer,
    j_min integer,
    k_min integer,
    i_max integer,
    j_max integer,
    k_max integer,
    centroid_mm double[],
    contours_used bigint not null,
    contours_skipped bigint not null,
    notes varchar[],
    input_hash varchar,
    software_version varchar not null,
    crdc_series_uuid varchar,
    image_crdc_series_uuid varchar,
    license_short_name varchar,
    source_DOI varchar,
    image_license_short_name varchar,
    image_source_DOI varchar,
    effective_license varchar,
    primary key (conversion_id, ROINumber),
);
create table points (
    conversion_id varchar not null,
    collection_id varchar,
    PatientID varchar,
    SeriesInstanceUID varchar not null,
    SOPInstanceUID varchar not null,
    referenced_SeriesInstanceUID varchar,
    ROINumber bigint not null,
    ROIName varchar,
    structure varchar,
    laterality varchar,
    x_mm double not null,
    y_mm double not null,
    z_mm double not null,
    input_hash varchar,
    software_version varchar not null,
    crdc_series_uuid varchar,
    image_crdc_series_uuid varchar,
    license_short_name varchar,
    source_DOI varchar,
    image_license_short_name varchar,
    image_source_DOI varchar,
    effective_license varchar,
);
create table roi_failures (
    conversion_id varchar not null,
    collection_id varchar,
    PatientID varchar,
    SeriesInstanceUID varchar not null,
    SOPInstanceUID varchar not null,
    referenced_SeriesInstanceUID varchar,
    ROINumber bigint not null,
    ROIName varchar,
    structure varchar,
    laterality varchar,
    status varchar not null check (status in ('failed', 'empty', 'not_convertible')),
    error_code varchar not null,
    message varchar not null,
    input_hash varchar,
    software_version varchar not null,
    primary key (conversion_id, ROINumber),
);
create table downloads (
    crdc_series_uuid varchar primary key,
    run_id varchar not null,
    collection_id varchar,
    bucket varchar not null,
    kind varchar not null check (kind in ('structure set', 'image')),
    files bigint not null,
    bytes bigint not null,
    verified_by_md5 bigint,
    registered timestamptz not null,
);
create table download_failures (
    crdc_series_uuid varchar not null,
    object_key varchar not null,
    run_id varchar not null,
    collection_id varchar,
    bucket varchar not null,
    error_code varchar not null,
    message varchar not null,
    attempts bigint not null,
    registered timestamptz not null,
    primary key (crdc_series_uuid, object_key),
);
insert into runs values (
    'r1', 'convert', '{}', 'x', '2026-11-22 12:00:00+00', '2026-11-22 12:00:00+00', 'finished', 1,
    1, 1, 1, 1, 1
);
insert into conversions values (
    'c1', 'r1', 'x', 'x', 'x', 'x', '1.2', '1.2.3', 'x', 'x', 'x', 'x', '{}', 'masks', 'done',
    'x', 'x', 1.5, 1, '2026-11-22 12:00:00+00', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x'
);
insert into masks values (
    'c1', 'x', 'x', '1.2', '1.2.3', 'x', 1, 'Lung', 'x', 'x', 'masks/001_Lung.nii.gz', 'x', 1, 1,
    'x', 1, 1.5, 1.5, 1, 1, 1, 1, 1, 1, [1.0, 2.0, 3.0], 1, 1, ['n'], 'x', 'x', 'x', 'x', 'x',
    'x', 'x', 'x', 'x'
);
insert into points values (
    'c1', 'x', 'x', '1.2', '1.2.3', 'x', 1, 'Lung', 'x', 'x', 1.5, 1.5, 1.5, 'x', 'x', 'x', 'x',
    'x', 'x', 'x', 'x', 'x'
);
insert into roi_failures values (
    'c1', 'x', 'x', '1.2', '1.2.3', 'x', 1, 'Lung', 'x', 'x', 'failed', 'x', 'x', 'x', 'x'
);
insert into downloads values (
    'x', 'r1', 'x', 'x', 'image', 1, 1, 1, '2026-11-22 12:00:00+00'
);
insert into download_failures values (
    'x', 'x', 'r1', 'x', 'x', 'x', 'x', 1, '2026-11-22 12:00:00+00'
);
