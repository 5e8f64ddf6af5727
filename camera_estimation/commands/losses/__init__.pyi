from .listing import list_losses as list_losses
