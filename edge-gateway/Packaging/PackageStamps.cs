using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using BodyCam.Evidence;
using BodyCam.Log;

namespace BodyCam.Packaging;

/// <summary>Holds the time stamps of a package against its log, and against the authorities that were given. A stamp says "not after"; it never says who signed the package.</summary>
internal sealed class PackageStamps(PackageFiles files, PackageLog log, PackageKeys keys, X509Certificate2Collection? authorities, List<Finding> findings)
{
    public void Check()
    {
        var names = files.Names.Where(static name => name.StartsWith(PackageNames.Stamps, StringComparison.Ordinal)).ToList();
        foreach (var lone in names.Where(name => !name.EndsWith(".tsr", StringComparison.Ordinal) && !(name.EndsWith(".note", StringComparison.Ordinal) && files.Has(Path.ChangeExtension(name, ".tsr")))))
            Add("stamp", FindingSeverity.Error, lone, $"{lone}: its time stamp is missing.");
        foreach (var name in names.Where(static name => name.EndsWith(".tsr", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            CheckOne(name, Path.ChangeExtension(name, ".note"));
    }

    private void CheckOne(string name, string noteName)
    {
        if (files.Read(noteName) is not { } note || CheckpointNote.Parse(note) is not { } checkpoint || files.Read(name) is not { } response || CheckpointStamps.TokenOf(response) is not { } token)
            Add("stamp", FindingSeverity.Error, name, $"{name}: the stamp or its checkpoint is missing or cannot be read.");
        else if (checkpoint.Size > log.Checkpoint.Size || !string.Equals(checkpoint.Origin, log.Checkpoint.Origin, StringComparison.Ordinal) || log.Continues(checkpoint) != true || !keys.Signed(note, checkpoint))
            Add("stamp", FindingSeverity.Error, noteName, $"{noteName}: the stamped checkpoint is not shown to be an earlier state of the log in the package.");
        else if (!TimeStamps.IsOf(token, note))
            Add("stamp", FindingSeverity.Error, name, $"{name} stamps something else than {noteName}.");
        else if (authorities is null)
            Add("stamp_unchecked", FindingSeverity.Note, name, $"{name}: signed by an authority that was not given. Give its root certificate with --tsa-ca.");
        else if (TimeStamps.Check(token, note, authorities) is not { } stamp)
            Add("stamp", FindingSeverity.Error, name, $"{name} does not hold under the authorities that were given.");
        else
            Add("stamped", FindingSeverity.Note, name, string.Create(CultureInfo.InvariantCulture, $"The log had its first {checkpoint.Size} leaves not after {stamp.At:yyyy-MM-dd HH:mm:ss zzz}, says {stamp.Authority}."));
    }

    private void Add(string code, FindingSeverity severity, string path, string message) => findings.Add(new Finding(code, severity, null, path, null, message));
}
