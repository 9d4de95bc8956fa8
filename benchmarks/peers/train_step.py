"""The peer of `train_step.py`: the thesis's conditional WGAN-GP at 128 px, in plain PyTorch.

A step is five critic updates and one generator update on one batch, with fresh noise each: a plain
critic, a FiLM generator, penalty weight 10, Adam. In channels-last memory, the faster layout.
Runs in the peer's environment; a line of input asks for one step.

    python train_step.py --batch 16 --threads 2
"""

import argparse
import time
from itertools import pairwise

import torch
from torch import Tensor, nn
from turns import serve

SIZE, LATENT, AUDIO, CONDITION = 128, 100, 1160, 512
CRITIC_STEPS, PENALTY = 5, 10.0


def dense_stack(*widths: int) -> nn.Sequential:
    """Dense layers, each behind the first after a LeakyReLU, each followed by batch norm."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.LeakyReLU(0.2)] if layers else []
        layers += [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs)]
    return nn.Sequential(*layers)


class FiLM(nn.Module):
    """γ(e)·x + β(e), each from a branch of its own."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = (CONDITION + channels) // 2
        self.gamma = dense_stack(CONDITION, hidden, channels)
        self.beta = dense_stack(CONDITION, hidden, channels)
        for branch in (self.gamma, self.beta):
            nn.init.normal_(branch[-2].weight)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        gamma, beta = self.gamma(condition), self.beta(condition)
        return x * gamma[:, :, None, None] + beta[:, :, None, None]


class Generator(nn.Module):
    """z (B, 100) and raw audio (B, 1160) → covers (B, 3, 128, 128)."""

    def __init__(self, widths: tuple[int, ...] = (512, 256, 256, 128, 64)) -> None:
        super().__init__()
        self.first = widths[0]
        self.encoder = dense_stack(AUDIO, 944, 728, CONDITION)
        self.project = nn.Linear(LATENT, 16 * self.first)
        self.norms = nn.ModuleList(nn.BatchNorm2d(width, affine=False) for width in widths)
        self.films = nn.ModuleList(FiLM(width) for width in widths)
        self.ups = nn.ModuleList(
            nn.ConvTranspose2d(inputs, outputs, 4, 2, 1)
            for inputs, outputs in zip(widths, (*widths[1:], 3), strict=True)
        )
        for up in self.ups:
            nn.init.normal_(up.weight, 0.0, 0.02)

    def forward(self, z: Tensor, audio: Tensor) -> Tensor:
        condition = self.encoder(audio)
        x = self.project(z).view(-1, self.first, 4, 4)
        for norm, film, up in zip(self.norms, self.films, self.ups, strict=True):
            x = up(torch.relu(film(norm(x), condition)))
        return torch.tanh(x)


class Critic(nn.Module):
    """Covers (B, 3, 128, 128) → scores (B, 1)."""

    def __init__(self, widths: tuple[int, ...] = (64, 128, 256, 256, 512)) -> None:
        super().__init__()
        self.downs = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False)
            for inputs, outputs in zip((3, *widths), widths, strict=False)
        )
        self.norms = nn.ModuleList(nn.InstanceNorm2d(width, affine=True) for width in widths)
        self.score = nn.Linear(16 * widths[-1], 1)
        for down in self.downs:
            nn.init.normal_(down.weight, 0.0, 0.02)

    def forward(self, x: Tensor) -> Tensor:
        for down, norm in zip(self.downs, self.norms, strict=True):
            x = nn.functional.leaky_relu(norm(down(x)), 0.2)
        return self.score(x.flatten(1))


class Training:
    """Both players, their optimizers and one batch to play on."""

    def __init__(self, batch: int) -> None:
        self.generator = Generator().to(memory_format=torch.channels_last)
        self.critic = Critic().to(memory_format=torch.channels_last)
        self.generator_optimizer, self.critic_optimizer = (
            torch.optim.Adam(network.parameters(), lr=5e-6, betas=(0.5, 0.999))
            for network in (self.generator, self.critic)
        )
        real = torch.rand(batch, 3, SIZE, SIZE) * 2.0 - 1.0
        self.real = real.to(memory_format=torch.channels_last)
        self.audio = torch.randn(batch, AUDIO)

    def generate(self) -> Tensor:
        """Covers for the batch's audio from fresh noise."""
        return self.generator(torch.randn(len(self.real), LATENT), self.audio)

    def step(self) -> None:
        """Five critic updates, one generator update."""
        for _ in range(CRITIC_STEPS):
            self.critic_optimizer.zero_grad()
            with torch.no_grad():
                fake = self.generate()
            loss = self.critic(fake).mean() - self.critic(self.real).mean()
            (loss + PENALTY * self.penalty(fake)).backward()
            self.critic_optimizer.step()
        # Nobody asks for the critic's own gradients here.
        self.critic.requires_grad_(False)
        self.generator_optimizer.zero_grad()
        (-self.critic(self.generate()).mean()).backward()
        self.generator_optimizer.step()
        self.critic.requires_grad_(True)

    def penalty(self, fake: Tensor) -> Tensor:
        """E[(‖∇ₓ score(x)‖₂ - 1)²] between real and fake, arXiv:1704.00028."""
        mix = torch.rand(len(fake), 1, 1, 1)
        between = (fake + mix * (self.real - fake)).requires_grad_(True)
        scores = self.critic(between).sum()
        (slope,) = torch.autograd.grad(scores, between, create_graph=True)
        return ((slope.flatten(1).norm(2, 1) - 1.0) ** 2).mean()


def main() -> None:
    """Serve steps."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    training = Training(options.batch)

    def turn(_: str) -> dict[str, float]:
        start = time.perf_counter()
        training.step()
        return {"seconds": time.perf_counter() - start}

    counts = {
        name: sum(weight.numel() for weight in network.parameters())
        for name, network in (("generator", training.generator), ("critic", training.critic))
    }
    serve({"engine": f"torch {torch.__version__}", "parameters": counts}, turn)


if __name__ == "__main__":
    main()
