"""Build llama-cli of llama.cpp or bitnet.cpp from its pinned source, in the folder where the server looks for it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bitnetsite.env import BASE_DIR
from inference.provisioning.engine import engine_cache
from inference.provisioning.engine.bitnet_cpp import BitnetCpp
from inference.provisioning.engine.build_steps import EngineBuildError
from inference.provisioning.engine.engine_build import ENGINE, QUANTIZE, TOOLS, Build, build_engine
from inference.provisioning.engine.engine_cache import EngineCache
from inference.provisioning.engine.programs import BITNET_CPP_FOLDER, LLAMA_CPP_FOLDER


class Command(BaseCommand):
    help = (
        "Build llama-cli of llama.cpp, or of bitnet.cpp, from its pinned source. Does nothing if it is already built; "
        "copies it from the user's cache if it was built in another folder; an interrupted build resumes."
    )
    requires_system_checks = []  # this command fixes the missing engine that the checks report

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--bitnet",
            action="store_true",
            help=f"build bitnet.cpp, which runs models in I2_S, with its {QUANTIZE}; needs Clang, and git to fetch it",
        )
        parser.add_argument(
            "--source", type=Path, metavar="DIR", help="with --bitnet: the folder of its source, instead of fetching it"
        )
        parser.add_argument("--tools", action="store_true", help=f"also build {', '.join(TOOLS)}")
        parser.add_argument(
            "--portable",
            action="store_true",
            help="for any x86-64 processor with AVX2, instead of using all features of this machine's processor",
        )
        parser.add_argument(
            "--folder", type=Path, help=f"where to build ({LLAMA_CPP_FOLDER}; with --bitnet {BITNET_CPP_FOLDER})"
        )
        parser.add_argument(
            "--no-cache", action="store_true", help=f"compile, and leave {engine_cache.default_folder()} alone"
        )

    def handle(self, *args: Any, portable: bool, no_cache: bool, **options: Any) -> None:
        if options["source"] and not options["bitnet"]:
            raise CommandError("--source needs --bitnet: the source of llama.cpp is a pinned archive.")
        cache = None if no_cache else EngineCache(engine_cache.default_folder())
        self.stdout.ending = ""  # the display writes its own line ends
        try:
            if options["bitnet"]:
                folder = options["folder"] or BASE_DIR / BITNET_CPP_FOLDER
                targets = (ENGINE, *TOOLS) if options["tools"] else (ENGINE, QUANTIZE)
                build = Build(folder, targets, portable, BitnetCpp(options["source"]))
            else:
                folder = options["folder"] or BASE_DIR / LLAMA_CPP_FOLDER
                build = Build(folder, (ENGINE, *TOOLS) if options["tools"] else (ENGINE,), portable)
            build_engine(build, self.stdout, cache)
        except EngineBuildError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Interrupted. Run it again to resume.", returncode=130) from None
