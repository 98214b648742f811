"""The wheel has a library in it, of one kind of machine, and works with any Python 3."""

import os

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{os.environ['DEEPFM_PLATFORM']}"
