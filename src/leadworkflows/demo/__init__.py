"""The main job on real input: webhooks posted over HTTP, signed as the vendors sign them."""
