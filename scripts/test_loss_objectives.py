"""Compare objectives on the same data: camera-compare under its earlier name, with all of its flags.

Usage: python scripts/test_loss_objectives.py --input_dir meshes/ --output_base_dir experiments/ \
           --source_images_dir images/ --model Hunyuan [--loss_types dreamsim lpips l1l2 ssim hybrid mask_only]
"""

from camera_estimation.cli import main

if __name__ == "__main__":
    main()
