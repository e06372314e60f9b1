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

-- One row per structure set, image stack and parameters.
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
    stack_number bigint,                  -- of the image series; null: its slices are not known
    evidence varchar,
    stack_evidence varchar,               -- why contours belong to this stack
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
    confidence varchar,                   -- of structure and laterality: A to D
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
    surface_area_mm2 double,              -- null: no voxel, or slices that are not evenly spaced
    sphericity double,                    -- 1 for a ball, less for all else
    largest_diameter_mm double,
    component_count bigint,               -- parts that do not even share a corner
    largest_component_share double,       -- of the voxels
    hole_count bigint,                    -- cavities, enclosed on all sides
    hole_volume_mL double,
    gap_slice_count bigint,               -- slices without voxels between others with voxels
    touches_side boolean,                 -- first or last row or column of the image
    touches_end boolean,                  -- first or last slice of the image
    image_voxel_count bigint,             -- of --statistics: voxels on slices that have an image
    image_mean double,                    -- in the units of the image's headers (CT: HU)
    image_SD double,
    image_min double,
    image_max double,
    image_P05 double,
    image_P25 double,
    image_P50 double,
    image_P75 double,
    image_P95 double,
    contours_used bigint not null,
    contours_skipped bigint not null,
    notes varchar[],
    stack_number bigint,
    contours_named bigint,                -- that name an image of this stack
    contours_listed bigint,               -- that name none, where the set lists this stack
    contours_by_position bigint,          -- that name none, and fit this stack alone
    contours_elsewhere bigint,            -- on other stacks: no part of this mask
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

-- One row per two masks of a conversion that share voxels, as far as one run made both.
create table if not exists mask_overlaps (
    conversion_id varchar not null,
    ROINumber bigint not null,
    other_ROINumber bigint not null,      -- the greater one
    shared_voxel_count bigint not null,
    primary key (conversion_id, ROINumber, other_ROINumber),
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
    confidence varchar,                   -- of structure and laterality: A to D
    stack_number bigint,
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
    confidence varchar,                   -- of structure and laterality: A to D
    -- failed: by us; empty: nothing to convert; not_convertible: the catalog says so
    status varchar not null check (status in ('failed', 'empty', 'not_convertible')),
    error_code varchar not null,
    message varchar not null,
    stack_number bigint,
    input_hash varchar,
    software_version varchar not null,
    -- ROIs of one number are a fault of the file: each has its row
    primary key (conversion_id, ROINumber, ROIName),
);

-- One row per pair of masks that was compared; measures are null where they are not defined.
create table if not exists agreements (
    agreement_id varchar primary key,     -- hash of both masks' content, tolerance and definitions
    run_id varchar not null,
    collection_id varchar,
    PatientID varchar,
    referenced_SeriesInstanceUID varchar, -- the image that both lie on
    structure varchar,                    -- null where the two differ
    laterality varchar,
    a_conversion_id varchar,              -- null: not made by `rtstruct convert`
    a_SeriesInstanceUID varchar not null,
    a_SOPInstanceUID varchar not null,
    a_ROINumber bigint not null,          -- of a DICOM Segmentation the SegmentNumber
    a_ROIName varchar,
    a_engine varchar not null,            -- native, plastimatch, or seg: read from a Segmentation
    a_path varchar,
    a_sha256 varchar,
    b_conversion_id varchar,
    b_SeriesInstanceUID varchar not null,
    b_SOPInstanceUID varchar not null,
    b_ROINumber bigint not null,
    b_ROIName varchar,
    b_engine varchar not null,
    b_path varchar,
    b_sha256 varchar,
    error_code varchar,                   -- why the two cannot be compared
    message varchar,
    a_volume_mL double,
    b_volume_mL double,
    dice double,
    jaccard double,
    shared_voxel_count bigint,
    surface_dice double,                  -- Nikolov et al. 2018, as are the distances
    surface_dice_tolerance_mm double not null,
    hausdorff_95_mm double,
    mean_surface_distance_mm double,      -- mean of the two below
    mean_distance_a_to_b_mm double,
    mean_distance_b_to_a_mm double,
    added_path_length_mm double,          -- outlines of a that b lacks; Vaassen et al. 2020
    centroid_shift_mm double,
    definitions_version integer not null,
    software_version varchar not null,
    registered timestamptz not null,
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
