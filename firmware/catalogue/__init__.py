"""An index of the recordings, rebuilt at any time from vault and manifests."""
