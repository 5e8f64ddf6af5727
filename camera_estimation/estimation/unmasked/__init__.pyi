from .pipeline import UnmaskedPipeline as UnmaskedPipeline
