"""What both sides of "ResNet, two ways" are given: one set of weights, and one drawn picture."""

import numpy as np

WIDTH = 16
BLOCKS = (3, 4, 6, 3)
CLASSES = 10
SIDE = 200


def weights():
    """By PyTorch's names and in its layout; the same in every process."""
    dice = np.random.default_rng(50)
    made = {}

    def conv(name, channels_out, channels_in, size):
        scale = np.sqrt(2 / (channels_in * size * size))
        made[f"{name}.weight"] = dice.normal(0, scale, (channels_out, channels_in, size, size))

    def norm(name, channels, gain=1.0):
        made[f"{name}.weight"] = gain * dice.uniform(0.7, 1.3, channels)
        made[f"{name}.bias"] = dice.normal(0, 0.1, channels)
        made[f"{name}.running_mean"] = dice.normal(0, 0.1, channels)
        made[f"{name}.running_var"] = dice.uniform(0.6, 1.6, channels)

    made["conv1.weight"] = first_filters(WIDTH)
    norm("bn1", WIDTH)
    channels = WIDTH
    for stage, count in enumerate(BLOCKS):
        width = WIDTH << stage
        for block in range(count):
            name = f"layer{stage + 1}.{block}"
            conv(f"{name}.conv1", width, channels, 1)
            norm(f"{name}.bn1", width)
            conv(f"{name}.conv2", width, width, 3)
            norm(f"{name}.bn2", width)
            conv(f"{name}.conv3", 4 * width, width, 1)
            norm(f"{name}.bn3", 4 * width, 0.4)
            if block == 0:
                conv(f"{name}.shortcut.0", 4 * width, channels, 1)
                norm(f"{name}.shortcut.1", 4 * width)
            channels = 4 * width
    made["fc.weight"] = dice.normal(0, 0.05, (CLASSES, channels))
    made["fc.bias"] = dice.normal(0, 0.05, CLASSES)
    return {name: array.astype("float32") for name, array in made.items()}


def first_filters(count, size=7):
    """Edge filters at many angles and two widths, as a trained network's first layer has them."""
    half = size // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    tints = np.array([[1, 1, 1], [1, -0.6, -0.6], [-0.5, 1, -0.5], [-0.6, -0.6, 1]])
    filters = np.empty((count, 3, size, size))
    for index in range(count):
        angle = np.pi * index / count
        across = x * np.cos(angle) + y * np.sin(angle)
        along = y * np.cos(angle) - x * np.sin(angle)
        wave = np.cos(across * (0.8 if index % 2 else 1.6) + (index % 3) * np.pi / 2)
        bump = wave * np.exp(-(across**2 + 0.5 * along**2) / 6)
        bump -= bump.mean()
        filters[index] = tints[index % 4][:, None, None] * bump / np.linalg.norm(bump)
    return filters


def picture():
    """1×SIDE×SIDE×3: a disc, a diagonal bar and a checkerboard on a soft gradient."""
    row = np.linspace(0, 1, SIDE)
    y, x = np.meshgrid(row, row, indexing="ij")
    image = np.stack([0.25 + 0.3 * y, 0.3 + 0.2 * x, 0.55 - 0.3 * y], axis=-1)
    image[(x - 0.32) ** 2 + (y - 0.36) ** 2 < 0.05] = (0.98, 0.62, 0.15)
    image[np.abs(x + y - 1.25) < 0.06] = (0.15, 0.75, 0.85)
    board = (x > 0.66) & (y > 0.68)
    squares = ((x * 16).astype(int) + (y * 16).astype(int)) % 2 == 0
    image[board & squares] = 0.95
    image[board & ~squares] = 0.05
    mean, spread = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    return ((image - mean) / spread)[None].astype("float32")
