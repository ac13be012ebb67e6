// Memory is measured: what runs beside a parser would count with it.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
