"""The website's channel, as docs/web-channel.md describes it."""
