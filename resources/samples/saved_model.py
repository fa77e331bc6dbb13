"""A SavedModel: written to the user's cache folder on first use, then opened from there."""

import os
import shutil
import tempfile
from pathlib import Path

import tensorflow as tf

TITLE = "SavedModel"
ABOUT = "A small regressor saved in TensorFlow's own format and opened by its signature"
FRAMEWORK = "TensorFlow"


class Regressor(tf.Module):
    """Two dense layers on normalised features."""

    def __init__(self):
        super().__init__()
        draw = tf.random.Generator.from_seed(5)
        self.mean = tf.Variable(draw.normal([4]), trainable=False, name="mean")
        self.hidden = tf.Variable(0.5 * draw.normal([4, 16]), name="hidden")
        self.bias = tf.Variable(tf.zeros([16]), name="bias")
        self.output = tf.Variable(0.5 * draw.normal([16, 1]), name="output")

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])
    def predict(self, features):
        with tf.name_scope("normalise"):
            centred = features - self.mean
            scaled = centred / (tf.reduce_max(tf.abs(centred)) + 1e-6)
        with tf.name_scope("hidden"):
            hidden = tf.nn.relu(tf.matmul(scaled, self.hidden) + self.bias)
        with tf.name_scope("output"):
            price = tf.nn.softplus(tf.matmul(hidden, self.output))
        return {"price": price}


def cache_folder():
    """Where programs keep what they can make again."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        if os.environ.get(name):
            return Path(os.environ[name])
    return Path.home() / ".cache"


def write(folder):
    """Save into a folder beside it first, so that a half-written model is never opened."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        model = Regressor()
        tf.saved_model.save(model, f"{scratch}/model", signatures=model.predict)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(f"{scratch}/model", folder)


def build():
    folder = cache_folder() / "opscope" / f"saved_model-{tf.__version__}"
    if not (folder / "saved_model.pb").exists():
        write(folder)
    model = tf.saved_model.load(str(folder))
    predict = model.signatures["serving_default"]
    predict.model = model  # the variables live as long as what was loaded
    features = tf.constant([[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]])
    return predict, (), {"features": features}
