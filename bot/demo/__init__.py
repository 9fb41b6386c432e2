"""The demo town's sheets, loaded through the acts that load an office's own."""
