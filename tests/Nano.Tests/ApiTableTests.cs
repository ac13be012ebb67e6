namespace BodyCam.Nano.Tests;

public class ApiTableTests
{
    [Fact]
    public void The_member_table_equals_the_reference_library()
    {
        string surface = ApiTable.Text();
        if (Environment.GetEnvironmentVariable("BODYCAM_WRITE_API") == "1")
            File.WriteAllText(Files.ApiTable, surface);
        Assert.True(
            surface == File.ReadAllText(Files.ApiTable).ReplaceLineEndings("\n"),
            "firmware/Nano/api.tsv differs from the reference library; read the new member in its source, then run this test with BODYCAM_WRITE_API=1.");
    }
}
