from .listing import listed_losses as listed_losses
