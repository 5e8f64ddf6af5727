"""What the user knows beyond the pixels and gives as evidence of the pose, such as points of the mesh in the image."""
