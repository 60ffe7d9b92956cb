"""What a prompt may say in a place: rules over the final tags, decisions that name their reasons."""
