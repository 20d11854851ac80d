import re


def test_the_demo_shows_topics_and_agreement(cli):
    done = cli("demo", "--json", "--quiet")
    assert done.code == 0
    assert done.err == ""
    found = done.json
    assert (found["n_documents"], found["n_encoded"], found["n_topics"]) == (300, 50, 20)
    assert found["n_converged"] == 50
    assert all(len(topic["words"]) == 8 for topic in found["topics"])
    agreement = {row["name"]: row for row in found["agreement"]}
    assert list(agreement) == ["textsc", "TF-IDF", "LDA", "NMF"]
    assert agreement["textsc"]["pearson"] > agreement["LDA"]["pearson"]
    assert agreement["textsc"]["spearman"] > 0.3


def test_the_demo_as_text(cli):
    done = cli("demo", "--seed", 1)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].startswith("20 topics of 300 news articles (lee)")
    assert "50 certified" in done.out
    rows = [line for line in lines if re.match(r"(textsc|TF-IDF|LDA|NMF) ", line)]
    assert len(rows) == 4
    assert "done in" in done.err
