"""Where frames come from when no browser sends them: files, network cameras, webcams, the demo signer."""
