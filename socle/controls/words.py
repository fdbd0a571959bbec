"""The words of the hardening pages that no table says, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from infra.config.zones import Level
from socle.controls.tables import Status


@dataclass(frozen=True)
class Words:
    """One language; every field is a phrase or a heading of the page."""

    title: str
    made: str
    coverage: str
    counted: str
    coverage_heads: tuple[str, ...]
    guide: str
    guide_note: str
    guide_heads: tuple[str, ...]
    others: str
    others_note: str
    others_heads: tuple[str, ...]
    cages: str
    cages_note: str
    cages_heads: tuple[str, ...]
    controls: str
    controls_note: str
    partly: str
    shown: str
    waived: str
    why: str
    read: str
    answers: str
    mutation: str
    levels: dict[Level, str]
    statuses: dict[Status, str]
    applies: dict[str, str]


WORDS = {
    "en": Words(
        title="Hardening: what becomes of each recommendation",
        made="Made by `python -m socle.controls.page` from [controls/](../../controls/); do not edit. "
        "Titles are words of our own, not the guides'.",
        coverage="Coverage",
        counted="Counted from the tables, each level with those below it. Ours is what is neither somebody "
        "else's nor without object. What a host really holds, `socle check` reads there; hosts are held to "
        "enhanced, or to high where [zones.yaml](../../stacks/zones.yaml) says so.",
        coverage_heads=(
            "Level",
            "enforced",
            "in part",
            "not yet",
            "enforced of ours",
            "others'",
            "without object",
        ),
        guide="ANSSI-BP-028 v2.0, R1 to R80",
        guide_note="Class: A on a running host, B with a reboot, P image, K kernel build, S provider or "
        "firmware, O organisation or per service, N without object here. Each control below has the mutation "
        "that its check was seen to notice, or has to.",
        guide_heads=("Recommendation", "Level", "Class", "Status", "Controls", "What the check reads"),
        others="OpenSSH, filtering and logging guides",
        others_note="The wording of these was not checked in the guides, and where an id is a word, its "
        "number was not read.",
        others_heads=("Recommendation", "Class", "Status", "Controls", "What the check reads"),
        cages="Cages of services",
        cages_note="`systemd-analyze security` scores a unit as it is loaded, from 0 (its work alone) to "
        "10 (all that root may). The control reads it on the host, and that the process which runs has its "
        "filter of system calls and no way to more rights. Where the limit is excused, the waiver names the "
        "score that was accepted, and a worse one fails.",
        cages_heads=("Unit", "On", "At most", "Control", "Excused"),
        controls="Controls and their mutations",
        controls_note="`python -m tests.hosts.mutate --only ID` breaks one on live hosts, expects that its "
        "check and no other fails, and puts it back.",
        partly="enforced in part",
        shown="To be shown",
        waived="Excused for some accounts until",
        why="Why",
        read="The check reads",
        answers="Answers to",
        mutation="Mutation",
        levels={"minimal": "minimal", "intermediary": "intermediary", "enhanced": "enhanced", "high": "high"},
        statuses={
            Status.ENFORCED: "enforced",
            Status.REBOOT: "needs a reboot: not yet",
            Status.IMAGE: "image: not yet",
            Status.KERNEL: "kernel build: not done",
            Status.OPEN: "not yet",
            Status.PROVIDER: "provider",
            Status.ORGANISATIONAL: "organisation",
            Status.NOT_APPLICABLE: "without object",
        },
        applies={
            "always": "every host",
            "bastion": "bastions",
            "not_bastion": "all but bastions",
            "data_volume": "hosts with a data volume",
            "sealed_volume": "hosts of project spaces",
            "space_access": "workstations of project spaces, where there is an object gateway",
            "package_proxy": "package proxies",
            "time": "time servers",
            "resolver": "resolvers",
            "collector": "log collectors",
            "log_client": "hosts that send logs",
            "people": "hosts with named people",
            "object_gateway": "object gateways",
        },
    ),
    "fr": Words(
        title="Durcissement : ce que devient chaque recommandation",
        made="Produit par `python -m socle.controls.page` à partir de [controls/](../../controls/) ; ne pas "
        "modifier. Les intitulés sont les nôtres, non ceux des guides.",
        coverage="Couverture",
        counted="Comptée dans les tables, chaque niveau avec ceux du dessous. Est nôtre ce qui n'est ni à "
        "un autre ni sans objet. Ce qu'un serveur tient vraiment, `socle check` l'y lit ; le niveau des "
        "serveurs est « renforcé », ou « élevé » là où [zones.yaml](../../stacks/zones.yaml) le dit.",
        coverage_heads=(
            "Niveau",
            "appliquées",
            "en partie",
            "pas encore",
            "appliquées parmi les nôtres",
            "à d'autres",
            "sans objet",
        ),
        guide="ANSSI-BP-028 v2.0, R1 à R80",
        guide_note="Classe : A sur un serveur en marche, B avec redémarrage, P image, K compilation du "
        "noyau, S prestataire ou micrologiciel, O organisation ou par service, N sans objet ici. Chaque "
        "mesure ci-dessous a la mutation que son contrôle a vue, ou doit voir.",
        guide_heads=("Recommandation", "Niveau", "Classe", "État", "Mesures", "Ce que lit le contrôle"),
        others="Guides OpenSSH, filtrage et journalisation",
        others_note="Leur libellé n'a pas été vérifié dans les guides ; là où l'identifiant est un mot, le "
        "numéro n'a pas été lu.",
        others_heads=("Recommandation", "Classe", "État", "Mesures", "Ce que lit le contrôle"),
        cages="Cages des services",
        cages_note="`systemd-analyze security` note une unité telle qu'elle est chargée, de 0 (son seul "
        "travail) à 10 (tout ce que peut root). La mesure lit la note sur le serveur, et que le processus en "
        "marche a son filtre d'appels système et ne peut gagner de droits. Là où la limite est excusée, la "
        "dérogation nomme la note acceptée ; une note pire échoue.",
        cages_heads=("Unité", "Sur", "Au plus", "Mesure", "Dérogation"),
        controls="Mesures et mutations",
        controls_note="`python -m tests.hosts.mutate --only ID` en casse une sur des serveurs réels, attend "
        "que son contrôle échoue et lui seul, puis la rétablit.",
        partly="appliquée en partie",
        shown="À montrer",
        waived="Dérogation pour certains comptes jusqu'au",
        why="Pourquoi",
        read="Le contrôle lit",
        answers="Répond à",
        mutation="Mutation",
        levels={
            "minimal": "minimal",
            "intermediary": "intermédiaire",
            "enhanced": "renforcé",
            "high": "élevé",
        },
        statuses={
            Status.ENFORCED: "appliquée",
            Status.REBOOT: "demande un redémarrage : pas encore",
            Status.IMAGE: "image : pas encore",
            Status.KERNEL: "compilation du noyau : non faite",
            Status.OPEN: "pas encore",
            Status.PROVIDER: "prestataire",
            Status.ORGANISATIONAL: "organisation",
            Status.NOT_APPLICABLE: "sans objet",
        },
        applies={
            "always": "tout serveur",
            "bastion": "bastions",
            "not_bastion": "tous sauf les bastions",
            "data_volume": "serveurs à volume de données",
            "sealed_volume": "serveurs d'espaces projet",
            "space_access": "postes d'espaces projet, là où il y a une passerelle d'objets",
            "package_proxy": "mandataires de paquets",
            "time": "serveurs de temps",
            "resolver": "résolveurs",
            "collector": "collecteurs de journaux",
            "log_client": "serveurs qui envoient leurs journaux",
            "people": "serveurs à personnes nommées",
            "object_gateway": "passerelles d'objets",
        },
    ),
}
