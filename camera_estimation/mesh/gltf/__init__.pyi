from .glb import JSON_CHUNK as JSON_CHUNK, MAGIC as MAGIC
