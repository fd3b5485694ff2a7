"""What can be ordered: the workflows, the stages in them, and the providers of each stage."""

from collections.abc import Mapping
from types import MappingProxyType

from schemas import DIRECT, Request, StageSpec, Workflow, builtin_workflows, load_workflows
from services.api.errors import Invalid
from talestream.providers import SEPARATOR, Providers
from talestream.retries import with_limits
from talestream.settings import Settings

DEFAULT_WORKFLOW = "story-video"
ANIMATED_WORKFLOW = "story-video-animated"
"""The default where pictures are set in motion, and offered nowhere else: nobody would do its work."""


class Catalogue:
    """The workflows and installed providers of this process, read once."""

    def __init__(
        self, workflows: Mapping[str, Workflow], providers: Providers, default: str = DEFAULT_WORKFLOW
    ) -> None:
        """``default`` is the workflow of a task that names none.

        ValueError when a workflow names a stage that no message type orders.
        """
        for workflow in workflows.values():
            if workflow.name == DIRECT:
                raise ValueError(f"a workflow cannot be called {DIRECT!r}: that is how tasks that came by topic run")
            if unknown := {stage.name for stage in workflow.stages} - set(Request.registry):
                raise ValueError(
                    f"workflow {workflow.name!r} has stages that nothing runs: {', '.join(sorted(unknown))}"
                )
        stages = {stage.name for workflow in workflows.values() for stage in workflow.stages}
        asked = {stage: Request.registry[stage].provider_stage() for stage in stages}
        self.workflows = MappingProxyType(dict(workflows))
        self.default = default
        self.providers = MappingProxyType({stage: providers.names(asked[stage]) for stage in stages})
        self.chains = MappingProxyType({stage: providers.chain(asked[stage]) for stage in stages})
        """Who does a stage's work where a task names nobody: the first, and in turn what the one before cannot."""
        self._may_be_named = {stage: {*self.providers[stage], SEPARATOR.join(self.chains[stage])} for stage in stages}

    @classmethod
    def of(cls, settings: Settings) -> "Catalogue":
        """The built-in workflows, and over them those of the operator's file, with the limits that are configured."""
        own = load_workflows(settings.workflows) if settings.workflows else {}
        known = {**builtin_workflows(), **own}
        if settings.img2vid is None:
            known = {name: workflow for name, workflow in known.items() if name in own or name != ANIMATED_WORKFLOW}
        limited = {name: with_limits(workflow, settings.retries) for name, workflow in known.items()}
        default = DEFAULT_WORKFLOW if settings.img2vid is None else ANIMATED_WORKFLOW
        return cls(limited, Providers(settings.providers), default)

    def workflow(self, name: str | None) -> Workflow:
        """The workflow of that name, None for the default. Invalid names those that there are."""
        name = name or self.default
        if name not in self.workflows:
            raise Invalid("workflow", f"there is no workflow {name!r}; there are: {', '.join(sorted(self.workflows))}")
        return self.workflows[name]

    def check_providers(self, workflow: Workflow, chosen: Mapping[str, str]) -> None:
        """Invalid names the stages of the workflow, or the installed providers of a stage, if one is not among them."""
        stages = [
            stage.name for stage in workflow.stages if Request.registry[stage.name].provider_stage() == stage.name
        ]
        for stage, provider in chosen.items():
            if stage not in stages:
                raise Invalid(
                    "providers",
                    f"{workflow.name} has no stage {stage!r} with providers of its own; there are: {', '.join(stages)}",
                )
            if provider not in self._may_be_named[stage]:
                installed = ", ".join(self.providers[stage]) or "none"
                raise Invalid(
                    f"providers.{stage}", f"no {provider!r} provider for {stage} is installed; installed: {installed}"
                )


def segment_title(stages: tuple[StageSpec, ...]) -> str:
    """What clients call a numbered step: the stage that it ends with."""
    results = [stage.name for stage in stages if stage.is_segment_result] or [stages[-1].name]
    return results[-1].replace("-", " ").title()
