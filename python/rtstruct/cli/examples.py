"""Two examples for each command, shown at the end of its help. Tests parse every one."""

EXAMPLES: dict[str, tuple[str, str]] = {
    "index": ("rtstruct index /data/dicom", "rtstruct index archive.zip more/ --json"),
    "build": ("rtstruct build", "rtstruct build --source idc_index"),
    "names": ('rtstruct names "Poumon G" "PTV 60"', "rtstruct names --from names.csv --csv"),
    "sql": (
        'rtstruct sql "select * from roi_name_counts limit 20"',
        'rtstruct sql "select ROIName, path from registry.masks" --csv',
    ),
    "fetch-index": ("rtstruct fetch-index", "rtstruct fetch-index && rtstruct build"),
    "fetch": (
        "rtstruct fetch --where \"collection_id = 'lctsc'\" --dry-run",
        "rtstruct fetch --where \"structure = 'Heart'\" --license commercial",
    ),
    "convert": (
        "rtstruct convert --where \"structure = 'Lung'\"",
        "rtstruct convert --where true --out masks --format seg",
    ),
    "plan": (
        "rtstruct plan --where true --shards 200",
        "rtstruct plan --where \"structure = 'Lung'\" --shards 8 --into shards",
    ),
    "registry": (
        "rtstruct registry merge shards/*.duckdb",
        "rtstruct registry move /data/masks /archive/masks",
    ),
    "status": ("rtstruct status", "rtstruct status --json"),
    "retry": ("rtstruct retry", "rtstruct retry --code image_absent"),
    "compare": (
        "rtstruct compare --where true",
        "rtstruct compare --where \"a.structure = 'Heart'\" --csv",
    ),
    "verify": (
        "rtstruct verify --where true",
        "rtstruct verify --where \"structure = 'Lung'\" --json",
    ),
    "export": (
        "rtstruct export --where \"structure = 'Lung'\" --layout nnunet --out lungs",
        "rtstruct export --where true --layout pyradiomics --out features",
    ),
    "report": ("rtstruct report", "rtstruct report --out /var/www/rtstruct"),
    "view": ("rtstruct view", "rtstruct view --no-browser --port 8765"),
    "demo": ("rtstruct demo", "rtstruct demo /tmp/demo --json"),
    "doctor": ("rtstruct doctor", "rtstruct doctor --json"),
    "completion": (
        "rtstruct completion bash > ~/.local/share/bash-completion/completions/rtstruct",
        "rtstruct completion fish > ~/.config/fish/completions/rtstruct.fish",
    ),
}


def epilog(command: str) -> str | None:
    """The examples of a command as its help shows them."""
    examples = EXAMPLES.get(command, ())
    return "examples:\n" + "\n".join(f"  {one}" for one in examples) if examples else None
