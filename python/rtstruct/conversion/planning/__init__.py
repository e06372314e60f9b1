"""What is due: the selected worklist minus what the registry knows, as tasks and shards."""
