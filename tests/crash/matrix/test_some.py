import time, pytest, os
from tests.crash.matrix.test_matrix import drill
from tests.crash.matrix.points import *
@pytest.mark.django_db(transaction=True)
def test_some(drill):
    bad=0; seeds=eval(os.environ["SOME"]); t0=time.time()
    for seed in seeds:
        plan=plan_of(seed); t=time.time()
        try:
            o=drill.run(plan)
        except AssertionError as e:
            print("ASSERT", seed, str(e)[:1500], flush=True); bad+=1; continue
        print(seed, "wall %.2f"%(time.time()-t), [l[:170] for l in o.told] if o.faults or os.environ.get("TELL") else "", o.faults, flush=True)
        bad+=bool(o.faults)
    print("bad", bad, "of", len(seeds), "in %.0f s"%(time.time()-t0), flush=True)
