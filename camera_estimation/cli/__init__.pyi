from .compare import main as main
