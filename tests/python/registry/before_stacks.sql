-- A registry as it was before image series were parted into stacks (commit 5a2c7ce), with one
-- structure set converted: a mask, a failure and a point.
-- The registry: what happened to every structure set. Tables live in the file's main schema.
-- Registries outlive versions: add tables, and columns that may be null; drop and rename nothing.

create table if not exists runs (
    run_id varchar primary key,
    command varchar not null,
    parameters varchar not null,          -- JSON, as given on the command line
    software_version varchar not null,
    started timestamptz not null,
    ended timestamptz,                    -- null: running, or killed
    outcome varchar,                      -- finished, interrupted, or why it stopped
    done bigint,
    partial bigint,
    failed bigint,
    skipped bigint,
    masks bigint,
    points bigint,
);

-- One row per structure set, image series and parameters.
create table if not exists conversions (
    conversion_id varchar primary key,    -- hash of the three
    run_id varchar not null,              -- the last run that worked on it
    task_id varchar not null,
    collection_id varchar,
    PatientID varchar,
    StudyInstanceUID varchar,
    SeriesInstanceUID varchar not null,
    SOPInstanceUID varchar not null,
    structure_set_key varchar not null,   -- SOPInstanceUID, unless several sets share one
    referenced_SeriesInstanceUID varchar, -- null: no image series is known
    evidence varchar,
    parameters_hash varchar not null,
    parameters varchar not null,          -- JSON: what changes the output
    output_folder varchar not null,       -- absolute, or relative to RTSTRUCT_HOME
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
    effective_license varchar,            -- the stricter of the two
    instance_hash varchar,                -- MD5 of the structure set's file
    image_header_hash varchar,            -- of all headers of the image series together
);

-- One row per mask; its file is whole.
create table if not exists masks (
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
    path varchar not null,                -- absolute, or relative to RTSTRUCT_HOME
    format varchar not null,
    label integer,                        -- in a file of several masks; null: own file
    grid varchar,                         -- JSON: the file's voxels: size, spacing, where they are
    reference_path varchar,               -- of the image on these voxels, if it was asked for
    reference_sha256 varchar,
    file_size bigint not null,            -- bytes
    sha256 varchar not null,
    voxel_count bigint not null,
    slice_count bigint,                   -- slices with voxels
    mask_volume_mL double not null,
    contour_volume_mL double,
    i_min integer,                        -- bounding box, inclusive: i column, j row, k slice
    j_min integer,
    k_min integer,
    i_max integer,
    j_max integer,
    k_max integer,
    centroid_mm double[],                 -- patient coordinates: left, posterior, superior
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
    effective_license varchar,            -- the stricter of the two
    primary key (conversion_id, ROINumber),
);

-- One row per POINT contour: a seed point is not a mask.
create table if not exists points (
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
    x_mm double not null,                 -- patient coordinates: left, posterior, superior
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
    effective_license varchar,            -- the stricter of the two
);

-- One row per ROI that was asked for and gave neither mask nor point.
create table if not exists roi_failures (
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
    -- failed: by us; empty: nothing to convert; not_convertible: the catalog says so
    status varchar not null check (status in ('failed', 'empty', 'not_convertible')),
    error_code varchar not null,
    message varchar not null,
    input_hash varchar,
    software_version varchar not null,
    primary key (conversion_id, ROINumber),
);

-- One row per series that was fetched whole into the cache.
create table if not exists downloads (
    crdc_series_uuid varchar primary key,
    run_id varchar not null,
    collection_id varchar,
    bucket varchar not null,              -- as Amazon calls it
    kind varchar not null check (kind in ('structure set', 'image')),
    files bigint not null,
    bytes bigint not null,
    verified_by_md5 bigint,               -- how many of the files; the others by their size
    registered timestamptz not null,
);

-- One row per object that could not be fetched; gone when its series is whole.
create table if not exists download_failures (
    crdc_series_uuid varchar not null,
    object_key varchar not null,          -- ends with a slash where the series could not be listed
    run_id varchar not null,
    collection_id varchar,
    bucket varchar not null,
    error_code varchar not null,
    message varchar not null,
    attempts bigint not null,
    registered timestamptz not null,
    primary key (crdc_series_uuid, object_key),
);

insert into runs (run_id, command, software_version, parameters, started) values
    ('r0', 'convert', '0.1.0', '{}', '2026-01-01 12:00:00+00');

insert into conversions by name
select
    'bf62f961e87cc821' as conversion_id,
    'r0' as run_id,
    '000000' as task_id,
    'series' as SeriesInstanceUID,
    'sop' as SOPInstanceUID,
    'sop' as structure_set_key,
    'image' as referenced_SeriesInstanceUID,
    'sop' as evidence,
    'p' as parameters_hash,
    '{}' as parameters,
    'f' as output_folder,
    'partial' as status,
    'open_contours' as error_code,
    1.0 as seconds,
    1 as attempt,
    timestamptz '2026-01-01 12:00:00+00' as registered,
    '0.1.0' as software_version;

insert into masks by name
select
    'bf62f961e87cc821' as conversion_id,
    'series' as SeriesInstanceUID,
    'sop' as SOPInstanceUID,
    'image' as referenced_SeriesInstanceUID,
    1 as ROINumber,
    'Lung_L' as ROIName,
    'f/001_Lung_L.nii.gz' as path,
    'nifti' as format,
    10 as file_size,
    '0' as sha256,
    5 as voxel_count,
    0.015 as mask_volume_mL,
    3 as contours_used,
    0 as contours_skipped,
    '0.1.0' as software_version;

insert into points by name
select
    'bf62f961e87cc821' as conversion_id,
    'series' as SeriesInstanceUID,
    'sop' as SOPInstanceUID,
    'image' as referenced_SeriesInstanceUID,
    2 as ROINumber,
    'seed' as ROIName,
    1.0 as x_mm,
    2.0 as y_mm,
    3.0 as z_mm,
    '0.1.0' as software_version;

insert into roi_failures by name
select
    'bf62f961e87cc821' as conversion_id,
    'series' as SeriesInstanceUID,
    'sop' as SOPInstanceUID,
    'image' as referenced_SeriesInstanceUID,
    3 as ROINumber,
    'line' as ROIName,
    'failed' as status,
    'open_contours' as error_code,
    'ROI 3 has no closed contour' as message,
    '0.1.0' as software_version;
